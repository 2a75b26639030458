"""An Athena that plays a script: for what only answers themselves can show, states, pages, types and faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from answers import page
from wire import AwsError, Params

Row = Sequence[str | None]


@dataclass
class ScriptedAthena:
    """Ends each query in the same way and gives the same rows; `started` and `stopped` tell what came."""

    columns: Sequence[tuple[str, str]] = (("n", "bigint"),)
    table: Sequence[Row] = (("1",),)
    states: Sequence[str] = ("QUEUED", "RUNNING", "SUCCEEDED")
    """One for each poll; the last stays."""
    reason: str = ""
    scanned: Sequence[int] = (1_234_567,)
    """One for each poll; the last stays."""
    workgroup: dict[str, object] = field(default_factory=dict)
    """The configuration of every workgroup."""
    refusal: AwsError | None = None
    service: str = "athena"
    started: list[Params] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    polls: int = 0

    def get_work_group(self, params: Params) -> dict[str, object]:
        """Give the configuration."""
        return {"WorkGroup": {"Name": params["WorkGroup"], "State": "ENABLED", "Configuration": self.workgroup}}

    def start_query_execution(self, params: Params) -> dict[str, object]:
        """Take the query, or refuse it."""
        if self.refusal:
            raise self.refusal
        self.started.append(params)
        self.polls = 0
        return {"QueryExecutionId": f"q-{len(self.started)}"}

    def get_query_execution(self, params: Params) -> dict[str, object]:
        """Go one state on."""
        at, self.polls = self.polls, self.polls + 1
        status: dict[str, object] = {"State": self.states[min(at, len(self.states) - 1)]}
        if self.reason:
            status["StateChangeReason"] = self.reason
        scanned = self.scanned[min(at, len(self.scanned) - 1)]
        execution = {"QueryExecutionId": params["QueryExecutionId"], "Status": status}
        return {"QueryExecution": {**execution, "Statistics": {"DataScannedInBytes": scanned}}}

    def get_query_results(self, params: Params) -> dict[str, object]:
        """Give a page; the first begins with the headings."""
        rows = [[name for name, _ in self.columns], *self.table]
        size = int(str(params.get("MaxResults", 1000)))
        kept = {"id": params["QueryExecutionId"]}
        shown, token = page(rows, kept, size=size, token=params.get("NextToken"), bad="InvalidRequestException")
        told = [{"Name": name, "Label": name, "Type": type} for name, type in self.columns]
        data = [{"Data": [{} if held is None else {"VarCharValue": held} for held in row]} for row in shown]
        answer: dict[str, object] = {"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": told}}}
        return {**answer, "NextToken": token} if token else answer

    def stop_query_execution(self, params: Params) -> dict[str, object]:
        """Note it."""
        self.stopped.append(str(params["QueryExecutionId"]))
        return {}
