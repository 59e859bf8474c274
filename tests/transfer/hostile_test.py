#!/usr/bin/env python3
"""Bundles that somebody else has made with tools of their own: tar and zstd.

    tests/transfer/hostile_test.py --daybook build/dev/daybook [unittest's arguments]

What is harmless is taken, whoever made it; each kind of harm is refused whole, and named.
"""

import argparse
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

DAYBOOK = None
FAR = "artifacts/runs/r1/" + "d" * 200 + "/" + "n" * 200
# It names the files that the bundles bring.
EVENT = {"event_type": "run.completed", "event_id": "0193d5e8-0000-7000-8000-000000000001",
         "timestamp_ms": 1769159700250, "run_id": "r1", "summary": {}, "tags": {"a": "b"},
         "artifact_paths": {"a": "artifacts/runs/r1/a", "c": "artifacts/runs/r1/b/c", "far": FAR}}


def line_of(**changes):
    return (json.dumps({**EVENT, **changes}) + "\n").encode()


class Bundle:
    """Right in all but what a test makes wrong."""

    def __init__(self):
        self.files = [("artifacts/runs/r1/a", b"aaa"), ("artifacts/runs/r1/b/c", b"bb")]
        self.events = line_of()
        self.changes = {}  # of the manifest
        self.extra = []    # members behind the others

    def manifest(self):
        files = [*self.files, ("events.jsonl", self.events)]
        return {"format": 1, "ledger_id": "l", "exported_at": "2026-01-23T09:15:00.250Z",
                "runs": ["r1"], "events": self.events.count(b"\n"),
                "files": [{"path": path, "bytes": len(data),
                           "sha256": hashlib.sha256(data).hexdigest()} for path, data in files],
                **self.changes}

    def members(self):
        yield self.member("manifest.json", json.dumps(self.manifest()).encode())
        for path, data in self.files:
            yield self.member(path, data)
        yield self.member("events.jsonl", self.events)
        yield from self.extra

    @staticmethod
    def member(path, data=b"", **fields):
        info = tarfile.TarInfo(path)
        info.size = len(data)
        for name, value in fields.items():
            setattr(info, name, value)
        return info, data

    def tar(self, form=tarfile.PAX_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
            for info, data in self.members():
                tar.addfile(info, io.BytesIO(data))
        return buffer.getvalue()


class HostileTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = Path(directory.name)
        self.bundle = Bundle()

    def run_import(self, tar):
        compressed = subprocess.run(["zstd", "-q", "-c"], input=tar, capture_output=True,
                                    check=True).stdout
        return self.run_import_of(compressed)

    def run_import_of(self, compressed):
        path = self.dir / "b.tar.zst"
        path.write_bytes(compressed)
        return subprocess.run([DAYBOOK, "import", path, "--ledger", self.dir / "ledger"],
                              capture_output=True, text=True, timeout=120, check=False)

    def expect_refused(self, expected, done):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(expected, done.stderr)
        self.assertEqual(sorted(path.name for path in self.dir.iterdir()), ["b.tar.zst"])

    def expect_taken(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.dir / "ledger/artifacts/runs/r1/b/c").read_bytes(), b"bb")

    def test_what_tar_makes_in_each_of_its_formats_is_taken(self):
        for form in (tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
            self.expect_taken(self.run_import(self.bundle.tar(form)))

    def test_what_the_tools_make_of_a_bundle_taken_apart_is_taken(self):
        tree = self.dir / "tree"
        for info, data in self.bundle.members():
            path = tree / info.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        names = ["manifest.json", "artifacts/runs/r1/a", "artifacts/runs/r1/b/c", "events.jsonl"]
        for form in ("pax", "gnu", "ustar"):
            tar = subprocess.run(["tar", f"--format={form}", "-c", "-C", tree, *names],
                                 capture_output=True, check=True).stdout
            self.expect_taken(self.run_import(tar))

    def test_long_paths_are_taken(self):
        path = FAR
        self.bundle.files.append((path, b"far"))
        self.expect_taken(self.run_import(self.bundle.tar()))
        self.assertEqual((self.dir / "ledger" / path).read_bytes(), b"far")

    def test_places_outside_are_refused(self):
        for path, expected in (("../evil", "it lies outside artifacts/"),
                               ("artifacts/../../evil", "its path has '..'"),
                               ("/tmp/evil", "it has an absolute path"),
                               ("ledger.json", "it lies outside artifacts/"),
                               ("events/day=2026-01-23/part-000001.jsonl", "outside artifacts/")):
            self.bundle.files = [(path, b"x")]
            self.expect_refused(expected, self.run_import(self.bundle.tar()))

    def test_a_member_that_the_manifest_calls_otherwise_is_refused(self):
        tar = self.bundle.tar(tarfile.USTAR_FORMAT)
        at = tar.index(b"artifacts/runs/r1/a\0")
        header = bytearray(tar[at:at + 512])
        header[0:11] = b"../../evil\0"
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        self.expect_refused("../../evil", self.run_import(tar[:at] + header + tar[at + 512:]))

    def test_all_but_files_is_refused(self):
        kinds = ((tarfile.SYMTYPE, "a symbolic link"), (tarfile.LNKTYPE, "a hard link"),
                 (tarfile.CHRTYPE, "a character device"), (tarfile.BLKTYPE, "a block device"),
                 (tarfile.FIFOTYPE, "a pipe"), (tarfile.DIRTYPE, "a directory"))
        for kind, name in kinds:
            members = list(self.bundle.members())
            members[1] = Bundle.member("artifacts/runs/r1/a", type=kind, linkname="/etc/passwd")
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w") as tar:
                for info, data in members:
                    tar.addfile(info, io.BytesIO(data))
            self.expect_refused(f"it is {name}, expected a file",
                                self.run_import(buffer.getvalue()))

    def test_twice_and_unlisted_are_refused(self):
        self.bundle.extra = [Bundle.member("artifacts/runs/r1/a", b"AAA")]
        self.expect_refused("artifacts/runs/r1/a: manifest.json does not list it",
                            self.run_import(self.bundle.tar()))
        self.bundle = Bundle()
        self.bundle.files += [("artifacts/runs/r1/a", b"aaa")]
        self.expect_refused("artifacts/runs/r1/a: manifest.json lists it twice",
                            self.run_import(self.bundle.tar()))

    def test_wrong_sizes_and_hashes_are_refused(self):
        files = self.bundle.manifest()["files"]
        files[0]["sha256"] = "0" * 64
        self.bundle.changes = {"files": files}
        self.expect_refused("artifacts/runs/r1/a: its SHA-256 is",
                            self.run_import(self.bundle.tar()))
        files = Bundle().manifest()["files"]
        files[1]["bytes"] = 3
        self.bundle.changes = {"files": files}
        self.expect_refused("artifacts/runs/r1/b/c: it has 2 bytes, manifest.json says 3",
                            self.run_import(self.bundle.tar()))

    def test_a_bomb_is_refused_in_no_time(self):
        files = self.bundle.manifest()["files"]
        files[0]["bytes"] = 2 << 30
        self.bundle.changes = {"files": files}
        self.expect_refused("times as much", self.run_import(self.bundle.tar()))
        # Below what any honest bundle may come to, it is refused for what else it is.
        self.bundle = Bundle()
        self.bundle.files = [("artifacts/runs/r1/zeros", bytes(1 << 27))]
        self.expect_refused("no event of the bundle names it",
                            self.run_import(self.bundle.tar()))
        # One that says nothing of it: zeros where the first header should be.
        zeros = subprocess.run("head -c 256M /dev/zero | zstd -q -c", shell=True,
                               capture_output=True, check=True).stdout
        self.expect_refused("", self.run_import_of(zeros))
        # And behind the end.
        bomb = Bundle().tar() + bytes(1 << 26)
        self.expect_refused("something follows the end", self.run_import(bomb))

    def test_a_window_as_large_as_memory_is_refused(self):
        tar = self.bundle.tar()
        huge = subprocess.run(["zstd", "-q", "--ultra", "--long=30", "-c", "--no-check"],
                              input=tar + bytes(1 << 20), capture_output=True, check=True).stdout
        frame = bytearray(huge)
        # The window of the frame, where it has one: 2 GiB.
        if frame[4] & 0x20 == 0:
            frame[5] = 21 << 3
        done = self.run_import_of(bytes(frame))
        self.assertEqual(done.returncode, 1)

    def test_events_that_are_none_are_refused(self):
        for events, expected in ((b"nonsense\n", "damaged"),
                                 (line_of(run_id="r2"), "of run r2"),
                                 (line_of(event_type="ledger.retained"), "line 1"),
                                 (line_of(summary=1), "/summary"),
                                 (line_of(event_id=7), "/event_id"),
                                 (line_of(timestamp_ms=1 << 60), "/timestamp_ms"),
                                 (line_of(seq=1), "damaged"),
                                 (line_of(x=[[[]] * 3] * 3).replace(b"[", b"[" * 30), "line 1"),
                                 (b"x" * (17 << 20) + b"\n", "longer than any event")):
            self.bundle.events = events
            with self.subTest(expected):
                self.expect_refused(expected, self.run_import(self.bundle.tar()))

    def test_a_tar_without_zstd_is_refused(self):
        self.expect_refused("it is no zstd", self.run_import_of(self.bundle.tar()))


if __name__ == "__main__":
    os.environ.pop("DAYBOOK_LEDGER", None)
    parser = argparse.ArgumentParser()
    parser.add_argument("--daybook", required=True)
    options, rest = parser.parse_known_args()
    DAYBOOK = options.daybook
    unittest.main(argv=[sys.argv[0], *rest])
