"""The way to AWS: `make deploy` and `make delete`, over SAM CLI, CloudFormation, S3 and CloudFront."""
