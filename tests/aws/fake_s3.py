"""S3: objects by bucket and key, listed and read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from answers import given, page, without
from wire import AwsError, Params


@dataclass
class FakeS3:
    """Objects of all buckets there are."""

    now: datetime
    buckets: dict[str, dict[str, bytes | int]] = field(default_factory=dict)
    """Contents by key; a number stands for an object of that size that nobody reads."""
    service = "s3"

    def put(self, uri: str, content: bytes | int) -> None:
        """Add s3://bucket/key."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.buckets.setdefault(bucket, {})[key] = content

    def list_objects_v2(self, params: Params) -> dict[str, object]:
        """Give keys by prefix, and what they have in common up to a delimiter; a thousand a page at most."""
        objects = self._bucket(params)
        prefix, delimiter = str(params.get("Prefix") or ""), str(params.get("Delimiter") or "")
        keys = sorted(key for key in objects if key.startswith(prefix) and key > str(params.get("StartAfter") or ""))
        rows = list(dict.fromkeys(_folder(key, prefix, delimiter) or key for key in keys))
        size = min(int(str(params.get("MaxKeys") or 1000)), 1000)
        kept = without(params, "ContinuationToken", "MaxKeys")
        shown, token = page(rows, kept, size=size, token=params.get("ContinuationToken"), bad="InvalidArgument")
        written = quote if params.get("EncodingType") == "url" else str
        contents = [self._listed(key, objects[key], written(key)) for key in shown if key in objects]
        return given(
            Name=params["Bucket"],
            Prefix=written(prefix),
            MaxKeys=size,
            KeyCount=len(shown),
            IsTruncated=token is not None,
            NextContinuationToken=token,
            EncodingType=params.get("EncodingType"),
            Contents=contents or None,
            CommonPrefixes=[{"Prefix": written(row)} for row in shown if row not in objects] or None,
        )

    def get_object(self, params: Params) -> dict[str, object]:
        """Give an object's content."""
        found = self._bucket(params).get(str(params["Key"]))
        if not isinstance(found, bytes):
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        return {"Body": found, "ContentLength": len(found), "LastModified": self.now}

    def _bucket(self, params: Params) -> dict[str, bytes | int]:
        if params["Bucket"] not in self.buckets:
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
        return self.buckets[str(params["Bucket"])]

    def _listed(self, key: str, content: bytes | int, written: str) -> dict[str, object]:
        size = content if isinstance(content, int) else len(content)
        return {
            "Key": written,
            "Size": size,
            "LastModified": self.now,
            "ETag": f'"{hash(key) & 0xFFFF:x}"',
            "StorageClass": "STANDARD",
        }


def _folder(key: str, prefix: str, delimiter: str) -> str | None:
    """Return what a key has in common with others up to a delimiter; null where there is none."""
    if not delimiter or delimiter not in key[len(prefix) :]:
        return None
    return prefix + key[len(prefix) :].split(delimiter)[0] + delimiter
