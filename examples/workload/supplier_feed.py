"""The supplier feed: a batch job of another team that writes suppliers' documents into the table `stock`.

One document is some 20 KB, 20 write units. It retries for as long as its turn is refused, as a batch may.
"""

import random
import time

from botocore.exceptions import ClientError

from workload.aws import client
from workload.site import here

DOCUMENTS_PER_S = 4.0
DOCUMENT_BYTES = 20_000
LONGEST_RUN_S = 900


def main() -> None:
    """Write documents until told to stop, at most a quarter of an hour."""
    dynamodb = client(here(), "dynamodb")
    ends = time.monotonic() + LONGEST_RUN_S
    while time.monotonic() < ends:
        supplier = f"SUPPLIER-{random.randrange(40):03}"
        item = {"sku": {"S": supplier}, "document": {"S": "x" * DOCUMENT_BYTES}}
        try:
            dynamodb.put_item(TableName="stock", Item=item)
        except ClientError:
            continue
        time.sleep(random.expovariate(DOCUMENTS_PER_S))


if __name__ == "__main__":
    main()
