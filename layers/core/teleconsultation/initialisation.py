"""How a function initialises on Lambda. `bootstrap` imports this before all else, and it does what it says.

What modules make while they load stays. Python looks for garbage among it all the same, again and again,
which is a tenth of the time that GET's own modules take: so it is told to look less often.
"""

import gc
import os

ON_LAMBDA = "AWS_LAMBDA_INITIALIZATION_TYPE"
"""Set by Lambda: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""

NEW_OBJECTS_BEFORE_COLLECTION = 200_000
"""Of objects that hold others: Python's own is 2,000, and a function that writes makes 54,000 as it starts.
A request leaves next to nothing behind, so this need not be set back.
"""

if ON_LAMBDA in os.environ:
    gc.set_threshold(NEW_OBJECTS_BEFORE_COLLECTION)
