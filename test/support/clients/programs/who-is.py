"""Asks STS who it is with boto3. `twice`: again by the same client, once a line has come on standard input."""

import os
import sys

import boto3

if sys.argv[1:] == ["version"]:
    print(boto3.__version__)
    sys.exit()

client = boto3.client("sts", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
print(client.get_caller_identity()["Arn"], flush=True)
if sys.argv[1:] == ["twice"]:
    sys.stdin.readline()
    print(client.get_caller_identity()["Arn"])
