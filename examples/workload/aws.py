"""DynamoDB and SQS for the processes: boto3 against the local server, with the retries that production would use."""

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from workload.site import Site

ACCOUNT, REGION, QUEUE = "111122223333", "us-east-1", "shipments"
TABLES = {"stock": ("sku", 12), "orders": ("order_id", 25), "shipments": ("order_id", 25)}
"""Table to its key and its provisioned write capacity, units a second."""
READ_CAPACITY = 50


def client(site: Site, api: str) -> BaseClient:
    """Return a client for dynamodb or sqs: three attempts with backoff, short timeouts."""
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 3},
        connect_timeout=1,
        read_timeout=5,
        max_pool_connections=64,
    )
    return boto3.client(
        api,
        endpoint_url=f"http://{api}.aws.internal:{site.port('aws')}",
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=config,
    )


def queue_url(site: Site) -> str:
    """Return the URL of the shipments queue."""
    return f"http://sqs.aws.internal:{site.port('aws')}/{ACCOUNT}/{QUEUE}"


def create_tables_and_queue(site: Site) -> None:
    """Create what the shop needs in an empty local server."""
    dynamodb = client(site, "dynamodb")
    for table, (key, writes) in TABLES.items():
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            ProvisionedThroughput={"ReadCapacityUnits": READ_CAPACITY, "WriteCapacityUnits": writes},
        )
    client(site, "sqs").create_queue(QueueName=QUEUE)
