"""Import first: raises the threshold of the garbage collector on Lambda.

Objects that modules create at import are kept. Python's collector traverses them again and again during the
init phase, which takes a tenth of the import time of GET's own modules.
"""

import gc
import os

ON_LAMBDA = "AWS_LAMBDA_INITIALIZATION_TYPE"
"""Set by Lambda: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""

NEW_OBJECTS_BEFORE_COLLECTION = 200_000
"""Number of container objects; Python's default is 2,000, and a function that writes creates 54,000 at init.
A request leaves almost no garbage, so the threshold stays.
"""

if ON_LAMBDA in os.environ:
    gc.set_threshold(NEW_OBJECTS_BEFORE_COLLECTION)
