"""The local AWS server (moto): DynamoDB and SQS in memory, without limits; see aws_front."""

import logging
import os

from workload.aws import ACCOUNT

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # read when moto is imported

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

from workload.service import stop_on_sigterm
from workload.site import here


def main() -> None:
    """Serve until told to stop."""
    stop_on_sigterm()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", here().port("moto"), application, threaded=True)


if __name__ == "__main__":
    main()
