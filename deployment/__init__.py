"""Deployment to AWS: `make deploy` and `make delete`, with SAM CLI, CloudFormation, S3 and CloudFront."""
