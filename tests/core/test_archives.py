"""A zipped bundle is unpacked; an archive that climbs out, lies or swells is refused."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import Scene
from fa2.core import archives
from fa2.core.archives import unpack
from fa2.core.bundle import opened, validate
from fa2.core.errors import BrokenBundle, RefusedArchive
from fa2.stores.bundle_folder import zip_bundle

INCIDENT = (
    b'{"format": "fa2.bundle/1", "id": "i", "window": {"start": "2026-11-20T03:00:00Z", "end": "2026-11-20T04:00:00Z"}}'
)


def zipped(path: Path, entries: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return path


@pytest.fixture
def into(tmp_path: Path) -> Iterator[Path]:
    """A folder to unpack to; nothing may appear beside it."""
    folder = tmp_path / "box" / "into"
    folder.mkdir(parents=True)
    yield folder
    assert [child.name for child in folder.parent.iterdir()] in ([], ["into"])


def test_a_zipped_bundle_reads_as_the_folder_does(tmp_path: Path) -> None:
    scene = Scene()
    scene.log(5, "一行")
    scene.metric(5, 1.0)
    folder = scene.write(tmp_path / "b")
    zip_bundle(folder, tmp_path / "b.zip")
    with opened(tmp_path / "b.zip") as packed, opened(folder) as plain:
        assert packed.incident == plain.incident
        assert validate(packed) == validate(plain) == [("logs", 1), ("metrics", 1)]
        scratch = packed.folder
    assert not scratch.exists()


def test_a_zip_may_hold_the_bundle_in_its_only_folder(tmp_path: Path, into: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"case-7/incident.json": INCIDENT, "case-7/logs/": b""})
    assert unpack(archive, into) == into / "case-7"


@pytest.mark.parametrize(
    "entries", [{}, {"x": b""}, {"a/incident.json": INCIDENT, "b/x": b""}, {"a/b/incident.json": INCIDENT}], ids=str
)
def test_a_zip_without_an_incident_is_no_bundle(tmp_path: Path, into: Path, entries: dict[str, bytes]) -> None:
    with pytest.raises(RefusedArchive, match=r"a\.zip holds no incident\.json"):
        unpack(zipped(tmp_path / "a.zip", entries), into)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "..",
        "/etc/evil",
        "//host/share/evil",
        "..\\evil",
        "a\\..\\..\\evil",
        "\\evil",
        "C:\\evil",
        "C:/evil",
        "c:evil",
        "\\\\?\\C:\\evil",
    ],
)
def test_a_name_that_climbs_out_is_refused_and_told(tmp_path: Path, into: Path, name: str) -> None:
    # ZipInfo cuts and cleans names, so they are put in place byte by byte.
    stand_in = "x" * len(name)
    archive = zipped(tmp_path / "a.zip", {"incident.json": INCIDENT, stand_in: b"evil"})
    archive.write_bytes(archive.read_bytes().replace(stand_in.encode(), name.encode()))
    with pytest.raises(RefusedArchive, match="written outside the bundle") as caught:
        unpack(archive, into)
    assert "Ask whoever made it for a clean one" in str(caught.value)
    assert not any("evil" in path.name for path in into.rglob("*"))


def test_a_link_is_refused(tmp_path: Path, into: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("logs.parquet")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(RefusedArchive, match="is a link"):
        unpack(tmp_path / "a.zip", into)
    assert not (into / "logs.parquet").is_symlink()


@given(name=st.text(st.sampled_from("./\\:aC~ \u202e"), min_size=1, max_size=12))
def test_no_name_writes_outside(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    box = tmp_path_factory.mktemp("names")
    (box / "into").mkdir()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        archive.writestr(entry, b"evil")
        archive.writestr("incident.json", INCIDENT)
    (box / "a.zip").write_bytes(buffer.getvalue())
    with suppress(RefusedArchive):
        assert unpack(box / "a.zip", box / "into").is_relative_to(box / "into")
    assert sorted(child.name for child in box.iterdir()) in (["a.zip", "into"], ["a.zip"])


def test_a_bomb_of_high_ratio_is_refused_before_it_fills_the_disk(tmp_path: Path, into: Path) -> None:
    huge = bytes(200 << 20)
    archive = zipped(tmp_path / "a.zip", {"incident.json": INCIDENT, "logs.parquet": huge}, method=zipfile.ZIP_DEFLATED)
    assert archive.stat().st_size < 1 << 20
    with pytest.raises(RefusedArchive, match=r"“logs\.parquet” unpacks to an absurd size"):
        unpack(archive, into)
    assert sum(path.stat().st_size for path in into.rglob("*") if path.is_file()) <= archives.MAX_RATIO << 20


def test_many_small_bombs_are_refused_together(tmp_path: Path, into: Path) -> None:
    parts = {f"logs/{n}.parquet": bytes(archives.FREE_BYTES) for n in range(6)}
    archive = zipped(tmp_path / "a.zip", {"incident.json": INCIDENT, **parts}, method=zipfile.ZIP_DEFLATED)
    with pytest.raises(RefusedArchive, match="absurd size"):
        unpack(archive, into)


def test_what_an_archive_says_of_its_sizes_is_not_believed(tmp_path: Path, into: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"logs.parquet": bytes(64 << 20)}, method=zipfile.ZIP_DEFLATED)
    data = archive.read_bytes()
    archive.write_bytes(data.replace(struct.pack("<L", 64 << 20), struct.pack("<L", 10)))
    with pytest.raises(RefusedArchive):
        unpack(archive, into)
    assert sum(path.stat().st_size for path in into.rglob("*")) < 64 << 20


def test_a_total_beyond_the_limit_is_refused(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    archive = zipped(tmp_path / "a.zip", {"incident.json": INCIDENT, "a": bytes(500), "b": bytes(500)})
    with pytest.raises(RefusedArchive, match="“b” unpacks to an absurd size"):
        unpack(archive, into)


def test_too_many_entries_are_refused(tmp_path: Path, into: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {f"{n}": b"" for n in range(archives.MAX_ENTRIES + 1)})
    with pytest.raises(RefusedArchive, match="more than 10,000 files"):
        unpack(archive, into)
    assert not list(into.iterdir())


def encrypted(path: Path) -> None:
    data = bytearray(zipped(path, {"incident.json": INCIDENT}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


def test_an_encrypted_zip_is_told_as_such(tmp_path: Path, into: Path) -> None:
    encrypted(tmp_path / "a.zip")
    with pytest.raises(RefusedArchive, match=r"a\.zip is encrypted. Unpack it by hand"):
        unpack(tmp_path / "a.zip", into)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def scrambled(data: bytes) -> bytes:
    start = data.index(b"logs.parquet") + 12
    return data[:start] + bytes(byte ^ 0xFF for byte in data[start : start + 40]) + data[start + 40 :]


def wrong_checksum(data: bytes) -> bytes:
    place = data.index(b"PK\x01\x02") + 16
    return data[:place] + b"\0\0\0\0" + data[place + 4 :]


@pytest.mark.parametrize("damage", [cut, scrambled, wrong_checksum, lambda data: b"", lambda data: b"no zip" * 99])
def test_a_damaged_zip_is_told_with_the_remedy(tmp_path: Path, into: Path, damage: Callable[[bytes], bytes]) -> None:
    archive = zipped(
        tmp_path / "a.zip", {"logs.parquet": b"content " * 99, "incident.json": INCIDENT}, method=zipfile.ZIP_DEFLATED
    )
    archive.write_bytes(damage(archive.read_bytes()))
    with pytest.raises(RefusedArchive, match=r"a\.zip cannot be unpacked: .* Copy it again"):
        unpack(archive, into)


def test_a_file_where_a_folder_is_needed_is_damage(tmp_path: Path, into: Path) -> None:
    with pytest.raises(RefusedArchive, match="cannot be unpacked"):
        unpack(zipped(tmp_path / "a.zip", {"logs": b"x", "logs/part.parquet": b"y"}), into)


@given(data=st.data())
def test_any_damage_to_a_zip_is_survived(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    box = tmp_path_factory.mktemp("damage")
    archive = zipped(
        box / "a.zip", {"incident.json": INCIDENT, "logs/p.txt": b"text " * 40}, method=zipfile.ZIP_DEFLATED
    )
    whole = bytearray(archive.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=5)):
        whole[place] = data.draw(st.integers(0, 255))
    archive.write_bytes(whole)
    with suppress(RefusedArchive, BrokenBundle), opened(archive) as bundle:
        assert bundle.incident.id
    assert [child.name for child in box.iterdir()] == ["a.zip"]
