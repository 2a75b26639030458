"""Sources that ask AWS: each is given its boto3 client, and works without boto3 until then."""
