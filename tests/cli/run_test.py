#!/usr/bin/env python3
"""`daybook run` with real programs: what they write, how they end, who is told.

    tests/cli/run_test.py --daybook build/dev/daybook [unittest's arguments]
"""

import hashlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from run_rig import DAYBOOK, PATIENCE_S, RunRig, wait_for

ON_SMALL_DISK = Path(__file__).resolve().parent / "on_small_disk"


class RunTest(RunRig):
    # ---- Output ----

    def test_binary_output_passes_through_and_is_kept(self):
        code = self.run_daybook(
            "run", "--keep-output", "3000000", "--", "sh", "-c",
            "head -c 1000000 /dev/urandom > b; cat b; head -c 100000 b >&2")
        self.assertEqual(code, 0)
        written = (self.dir / "b").read_bytes()
        self.assertEqual(hashlib.sha256(self.out).digest(), hashlib.sha256(written).digest())
        self.assertEqual(self.err, written[:100000])
        run = self.show()
        kept = {a["artifact_type"]: a for a in run["artifacts"]}
        self.assertEqual(kept["stdout"]["size_bytes"], 1000000)
        self.assertEqual(kept["stdout"]["sha256"], hashlib.sha256(written).hexdigest())
        self.assertEqual(kept["stderr"]["size_bytes"], 100000)
        self.assertEqual(run["run"]["summary_json"]["stdout_bytes"], 1000000)

    def test_of_long_output_beginning_and_end_are_kept(self):
        self.run_daybook("run", "--keep-output", "20", "--run-id", "r", "--", "seq", "100000")
        self.assertEqual(self.out, b"".join(b"%d\n" % i for i in range(1, 100001)))
        kept = (self.dir / "ledger/artifacts/runs/r/stdout.log").read_text()
        self.assertTrue(kept.startswith("1\n2\n3\n4\n5\n"), kept)
        self.assertTrue(kept.endswith("99999\n100000\n"[-10:]), kept)
        self.assertIn("bytes left out", kept)

    def test_a_reader_that_leaves_ends_the_program_as_without_daybook(self):
        process = self.start("run", "--", "yes")
        self.assertEqual(process.stdout.readline(), b"y\n")
        process.stdout.close()
        self.assertEqual(process.wait(timeout=PATIENCE_S), 128 + signal.SIGPIPE)
        process.stderr.close()
        self.assertEqual(self.show()["run"]["error_json"]["message"], "killed by SIGPIPE")

    def test_children_that_outlive_the_program_are_left(self):
        code = self.run_daybook(
            "run", "--", "sh", "-c", "sleep 600 & echo $! > child; echo done")
        os.kill(self.pid_in("child"), signal.SIGKILL)
        self.assertEqual((code, self.out), (0, b"done\n"))
        self.assertIn(b"still hold its output", self.err)

    def test_a_slow_reader_gets_all_although_the_end_is_recorded_before(self):
        process = self.start("run", "--", "seq", "150000")
        wait_for(lambda: self.events("run.completed"), "the end")
        time.sleep(1.2)
        out, err = process.communicate(timeout=PATIENCE_S)
        self.assertEqual((process.returncode, err), (0, b""))
        self.assertEqual(out, b"".join(b"%d\n" % i for i in range(1, 150001)))

    def test_after_a_timeout_a_reader_that_stalls_is_given_up(self):
        process = self.start("run", "--timeout", "300ms", "--kill-after", "300ms", "--", "yes")
        self.assertEqual(process.wait(timeout=PATIENCE_S), 124)
        self.assertRegex(process.stderr.read(), rb"its last \d+ bytes are not taken: its reader")
        process.stdout.close()
        process.stderr.close()

    def test_an_interrupt_gives_a_reader_up_that_stalls(self):
        process = self.start("run", "--", "seq", "150000")
        wait_for(lambda: self.events("run.completed"), "the end")
        process.terminate()
        self.assertEqual(process.wait(timeout=PATIENCE_S), 125)
        self.assertIn(b"bytes are not taken: interrupted", process.stderr.read())
        process.stdout.close()
        process.stderr.close()

    def test_a_closed_stream_is_nothing_else(self):
        script = f"{DAYBOOK} run -- sh -c 'echo lo''st; echo lo''st >&2' "
        for closed, code in ((">&-", 125), ("2>&-", 125), ("<&-", 0)):
            with self.subTest(closed):
                done = subprocess.run(["sh", "-c", script + closed], cwd=self.dir, env=self.env,
                                      capture_output=True, timeout=PATIENCE_S, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                for part in (self.dir / "ledger" / "events").rglob("*.jsonl"):
                    self.assertNotIn(b"lost\n", part.read_bytes())
                self.assertEqual(self.run_daybook("verify"), 0, self.out)
        done = subprocess.run(["sh", "-c", f"{DAYBOOK} runs >&-"], cwd=self.dir, env=self.env,
                              capture_output=True, timeout=PATIENCE_S, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"write standard output: Bad file descriptor", done.stderr)

    # ---- The ledger goes away ----

    def test_a_ledger_that_is_deleted_meanwhile_is_told(self):
        script = "rm -rf \"$DAYBOOK_LEDGER\"; echo still here"
        code = self.run_daybook("run", "--summary-file", "end.json", "--", "sh", "-c", script)
        self.assertEqual((code, self.out), (0, b"still here\n"))
        self.assertIn(b"deleted while it was open", self.err)
        self.assertIs(json.loads((self.dir / "end.json").read_text())["recorded"], False)

        code = self.run_daybook("run", "--strict", "--", "sh", "-c", script)
        self.assertEqual((code, self.out), (125, b"still here\n"))

    def test_the_summary_is_the_last_word_and_a_file_has_it_alone(self):
        code = self.run_daybook("run", "--summary-file", "end.json", "--", "sh", "-c",
                                "printf 'no line end' >&2; exit 3")
        end = json.loads((self.dir / "end.json").read_text())
        self.assertEqual((code, end["status"], end["reason"], end["recorded"]),
                         (3, "failed", "exit code 3", True))
        self.assertEqual(self.err, b"no line end")
        self.run_daybook("run", "--summary", "json", "--", "sh", "-c", "printf 'no line end' >&2")
        self.assertTrue(self.err.startswith(b"no line end\n{"), self.err)
        self.assertEqual(self.err.count(b"\n"), 2)
        code = self.run_daybook("run", "--ledger", "/dev/null/ledger", "--summary", "json", "--",
                                "true")
        end = json.loads(self.err.splitlines()[-1])
        self.assertEqual((code, end["recorded"]), (0, False))
        code = self.run_daybook("run", "--summary-file", "none/end.json", "--", "touch", "started")
        self.assertEqual(code, 2, self.err)
        self.assertFalse((self.dir / "started").exists())

    # ---- The end ----

    def test_exit_codes_are_those_of_the_program(self):
        for words, code, status in [
                (["sh", "-c", "exit 7"], 7, "failed"),
                (["sh", "-c", "kill -9 $$"], 137, "failed"),
                (["sh", "-c", "kill -INT $$"], 130, "cancelled"),
                (["true"], 0, "completed"),
                (["./nothing"], 127, "failed"),
                (["./ledger"], 126, "failed")]:
            with self.subTest(words):
                self.assertEqual(self.run_daybook("run", "--", *words), code, self.err)
                self.assertEqual(self.show()["run"]["status"], status)

    def test_a_signal_is_sent_on_and_the_run_is_cancelled(self):
        process = self.start("run", "--", "sh", "-c",
                             "trap 'echo bye; exit 9' TERM; echo $$ > pid;"
                             "while :; do sleep 0.01; done")
        self.pid_in("pid")
        process.terminate()
        out, _ = process.communicate(timeout=PATIENCE_S)
        self.assertEqual((process.returncode, out), (9, b"bye\n"))
        run = self.show()["run"]
        self.assertEqual(run["status"], "cancelled")

    def test_a_program_that_ignores_sigterm_is_killed_if_that_was_asked_for(self):
        process = self.start("run", "--kill-after", "300ms", "--", "sh", "-c",
                             "trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done")
        self.pid_in("pid")
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, 137)
        self.assertEqual(self.show()["run"]["status"], "cancelled")

    def test_a_timeout_leaves_nothing_behind(self):
        code = self.run_daybook(
            "run", "--timeout", "300ms", "--kill-after", "300ms", "--", "sh", "-c",
            "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > child; while :; do sleep 0.01; done' &"
            "while :; do sleep 0.01; done")
        self.assertEqual(code, 124)
        child = self.pid_in("child")

        def is_gone():
            try:
                return Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            except FileNotFoundError:
                return True

        wait_for(is_gone, "the end of the program's child")
        error = self.show()["run"]["error_json"]
        self.assertEqual(error["kind"], "timeout")
        self.assertIn("timed out after 300 ms", error["message"])

    def test_a_timeout_waits_for_no_report(self):
        with open(self.dir / "big", "wb") as big:
            big.truncate(100 << 30)
        begun = time.monotonic()
        process = self.start("run", "--timeout", "500ms", "--", "sh", "-c",
                             "echo $$ > pid; echo 'daybook: {\"artifact\":\"big\"}';"
                             "exec sleep 50")
        program = self.pid_in("pid")
        wait_for(lambda: not Path(f"/proc/{program}").exists(), "the timeout")
        self.assertLess(time.monotonic() - begun, 30)
        # Nor does a signal: it ends the look at the file, and not the record.
        process.terminate()
        process.terminate()
        _, err = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, 124)
        self.assertIn(b"hash big: interrupted", err)
        self.assertEqual(self.show()["run"]["status"], "failed")

    def test_an_interrupt_ends_the_reading_of_reports_and_says_so(self):
        line = '{\"metric\":{\"loss\":0.31}}'
        process = self.start("run", "--", "sh", "-c", f"yes '{line}' | head -c 60000000 >> "
                             "$DAYBOOK_METRICS_FILE; echo $$ > pid")
        program = self.pid_in("pid")
        wait_for(lambda: not Path(f"/proc/{program}").exists(), "its end")
        process.terminate()
        _, err = process.communicate(timeout=PATIENCE_S)
        self.assertRegex(err, rb"interrupted: reports behind byte \d+ are not recorded")
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.show()["run"]["status"], "completed")

    def test_an_interrupt_ends_the_look_at_the_code_and_what_is_missing_is_named(self):
        subprocess.run(
            ["sh", "-ec", "git init -q code; cd code; echo one > a.txt; git add a.txt;"
             "git -c user.name=a -c user.email=a@b commit -q -m first; echo two >> a.txt;"
             "git config filter.slow.clean 'sleep 60'; echo '*.txt filter=slow' >"
             " .git/info/attributes"], cwd=self.dir, env=self.env, check=True)
        process = subprocess.Popen([DAYBOOK, "run", "--", "true"], cwd=self.dir / "code",
                                   env=self.env, stderr=subprocess.PIPE)
        wait_for(lambda: self.events("run.completed"), "the end")
        begun = time.monotonic()
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(process.returncode, 0)
        [environment] = self.events("run.environment")
        self.assertIn("the program ended before git had answered",
                      environment["incomplete_reason"])

    def test_signals_after_the_programs_end_do_not_take_it_from_the_record(self):
        process = self.start("run", "--", "sh", "-c",
                             "(for i in 1 2 3 4 5 6 7 8 9; do echo x; sleep 0.08; done) &"
                             "echo $$ > pid")
        program = self.pid_in("pid")
        wait_for(lambda: not Path(f"/proc/{program}").exists(), "its end")
        for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGHUP, signal.SIGTERM):
            process.send_signal(number)
            time.sleep(0.01)
        process.communicate(timeout=PATIENCE_S)
        self.assertEqual(self.show()["run"]["status"], "completed")

    def test_ctrl_c_reaches_the_program_once(self):
        script = ("import signal, time, sys\n"
                  "seen = []\n"
                  "signal.signal(signal.SIGINT, lambda *_: seen.append(1))\n"
                  "open('ready', 'w').write('1')\n"
                  "end = time.monotonic() + 60\n"
                  "while not seen and time.monotonic() < end: time.sleep(0.01)\n"
                  "time.sleep(0.5)\n"
                  "open('seen', 'w').write(str(len(seen)))\n"
                  "sys.exit(3)\n")
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(DAYBOOK, [DAYBOOK, "run", "--", sys.executable, "-c", script], self.env)
        self.pid_in("ready")
        os.write(terminal, b"\x03")
        self.assertEqual(self.pid_in("seen"), 1)
        # The terminal's other end must stay open until daybook has said its last word.
        try:
            while os.read(terminal, 4096):
                pass
        except OSError:
            pass
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(status), 3)
        self.assertEqual(self.show()["run"]["status"], "cancelled")

    # ---- Liveness ----

    def test_a_run_lives_while_its_program_does_and_no_longer(self):
        process = self.start("run", "--run-id", "r", "--",
                             "sh", "-c", "echo $$ > pid; exec sleep 600")
        program = self.pid_in("pid")
        wait_for(lambda: self.events("run.started"), "run.started")
        owner = self.events("run.started")[0]["owner"]
        self.assertEqual((owner["pid"], owner["program_pid"]), (process.pid, program))
        process.kill()
        process.communicate()
        [run] = self.answer("runs")
        self.assertEqual((run["status"], run["liveness"]), ("running", "alive"))
        self.assertEqual([r["run_id"] for r in self.answer("runs", "--status", "running")], ["r"])

        os.kill(program, signal.SIGKILL)
        wait_for(lambda: self.answer("runs")[0]["liveness"] == "dead", "the judgement")
        self.assertEqual(self.answer("runs", "--status", "running"), [])
        [run] = self.answer("runs", "--status", "interrupted")
        # As it is recorded: nobody has written run.interrupted.
        self.assertEqual(run["status"], "running")
        # The statement that is shown gives the same rows, by itself.
        self.run_daybook("runs", "--status", "interrupted", "--show-sql")
        self.assertEqual([r["run_id"] for r in self.answer("query", self.out.decode())], ["r"])
        self.run_daybook("runs", "--status", "running", "--show-sql")
        self.assertEqual(self.answer("query", self.out.decode()), [])
        shown = self.show("r")
        self.assertEqual(shown["liveness"]["state"], "dead")
        self.assertIn(str(program), shown["liveness"]["found"])
        self.run_daybook("runs")
        self.assertIn(b"interrupted", self.out)
        self.run_daybook("show", "r")
        self.assertIn(b"evidence", self.out)

    def test_the_daemon_waits_for_the_program_of_a_recorder_that_was_killed(self):
        self.run_daybook("run", "--", "true")
        daemon = self.start("serve", "--no-http", "--interval", "0.2",
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        process = self.start("run", "--run-id", "r", "--", "sh", "-c",
                             "echo $$ > pid; exec sleep 600")
        program = self.pid_in("pid")
        wait_for(lambda: [e for e in self.events("run.started") if e["run_id"] == "r"], "its start")
        process.kill()
        process.communicate()
        time.sleep(1.5)
        self.assertEqual(self.events("run.interrupted"), [])
        os.kill(program, signal.SIGKILL)
        [event] = wait_for(lambda: self.events("run.interrupted"), "run.interrupted")
        self.assertEqual(event["run_id"], "r")
        self.assertEqual(event["evidence"]["owner"]["program_pid"], program)
        self.assertIn(f"process {program}", event["evidence"]["found"])
        self.run_daybook("show", "r")
        self.assertIn(event["evidence"]["found"].encode()[:40], self.out)

    def test_secrets_of_the_command_line_are_masked(self):
        self.run_daybook("run", "--", "echo", "--api-key=hunter2")
        self.assertEqual(self.out, b"--api-key=hunter2\n")
        recorded = b"".join(part.read_bytes() for part in
                            (self.dir / "ledger" / "events").rglob("*.jsonl"))
        self.assertNotIn(b"hunter2", recorded)
        self.run_daybook("run", "--no-capture", "--", "true")
        self.assertIsNone(self.show()["run"]["environment"])

    # ---- Reports ----

    def test_reports_become_events_and_bad_ones_are_told_with_their_place(self):
        code = self.run_daybook("run", "--metrics-file", "m.jsonl", "--", "sh", "-c", (
            "echo 'daybook: {\"trial\":\"t1\",\"params\":{\"stop\":1},\"metrics\":{\"s\":2}}';"
            "echo '{\"metric\":{\"loss\":0.5}}' >> $DAYBOOK_METRICS_FILE;"
            "echo 'daybook: {\"metric\":{\"loss\":nan}}' >&2;"
            "echo 'daybook: {\"metrics\":{}}'"))
        self.assertEqual(code, 0)
        run = self.show()
        self.assertEqual([t["trial_id"] for t in run["trials"]], ["t1"])
        self.assertEqual([e["metrics"] for e in self.events("metric.recorded")], [{"loss": 0.5}])
        self.assertEqual(run["run"]["summary_json"]["reports"], 2)
        self.assertEqual(run["run"]["summary_json"]["reports_refused"], 2)
        self.run_daybook("run", "--", "echo", "daybook: {\"metrics\":{}}")
        self.assertIn(b"stdout line 1: found {\"metrics\":{}}, expected an object with metric",
                      self.err)

    def test_artifacts_are_recorded_when_it_has_ended(self):
        (self.dir / "old.csv").write_text("old")
        os.utime(self.dir / "old.csv", (0, 0))
        self.run_daybook("run", "--artifact", "*.csv", "--artifact", "*.parquet", "--",
                         "sh", "-c", "echo 1 > new.csv")
        files = {Path(a["artifact_path"]).name for a in self.show()["artifacts"]}
        self.assertEqual(files, {"old.csv", "new.csv"})
        self.run_daybook("run", "--artifact", "*.parquet", "--artifact", "old.csv", "--", "true")
        self.assertIn(b"--artifact *.parquet: no file matches", self.err)
        self.assertIn(b"old.csv was last written before the run began", self.err)

    # ---- A ledger that refuses ----

    def test_a_ledger_that_cannot_be_opened_stops_no_program(self):
        self.env["DAYBOOK_LEDGER"] = "/dev/null/ledger"
        code = self.run_daybook("run", "--", "sh", "-c", "echo out; exit 4")
        self.assertEqual((code, self.out), (4, b"out\n"))
        self.assertIn(b"events are kept in memory and tried again", self.err)
        self.assertIn(b"events are not in the ledger /dev/null/ledger", self.err)
        code = self.run_daybook("run", "--strict", "--", "sh", "-c", "echo out; exit 4")
        self.assertEqual((code, self.out), (125, b""))
        self.assertIn(b"--strict", self.err)

    def test_a_full_disk_stops_no_program(self):
        script = (f"export DAYBOOK_LEDGER=disk/ledger; {DAYBOOK} run -- true;"
                  "head -c 3000000 /dev/zero > disk/fill 2>/dev/null;"
                  f"{DAYBOOK} run -- sh -c 'head -c 50000 /dev/zero; exit 6' > out;"
                  "echo code $?; wc -c < out; rm -f disk/fill;"
                  f"{DAYBOOK} verify > verified; echo verified $?")
        done = subprocess.run([ON_SMALL_DISK, script], cwd=self.dir, env=self.env,
                              capture_output=True, timeout=PATIENCE_S, check=False)
        lines = done.stdout.decode().splitlines()
        self.assertEqual(lines[1:], ["code 6", "50000", "verified 0"], done.stderr)
        if "tmpfs" in lines[0]:
            self.assertIn(b"stdout is not kept: ", done.stderr)

    def test_what_a_full_disk_cannot_record_is_not_started_if_strict(self):
        config = json.dumps({"pad": "x" * 9000})  # more than a file's last page may have left
        script = (f"export DAYBOOK_LEDGER=disk/ledger; {DAYBOOK} run --strict -- true;"
                  "echo code $?; head -c 3000000 /dev/zero > disk/fill 2>/dev/null;"
                  f"{DAYBOOK} run --strict --config '{config}' -- echo started; echo code $?")
        done = subprocess.run([ON_SMALL_DISK, script], cwd=self.dir, env=self.env,
                              capture_output=True, timeout=PATIENCE_S, check=False)
        lines = done.stdout.decode().splitlines()
        # A limit of each file's size leaves room for events.
        is_full = "tmpfs" in lines[0]
        ended = ["code 125"] if is_full else ["started", "code 0"]
        self.assertEqual(lines[1:], ["code 0", *ended], done.stderr)
        if is_full:
            self.assertIn(b"not started, because it cannot be recorded (--strict): ", done.stderr)
            self.assertNotIn(b"kept in memory", done.stderr)

    def test_what_is_not_started_for_its_ledger_is_not_said_to_be_tried_again(self):
        self.env["DAYBOOK_LEDGER"] = "/dev/null/ledger"
        self.assertEqual(self.run_daybook("run", "--strict", "--", "true"), 125)
        self.assertIn(b"not started, because", self.err)
        self.assertNotIn(b"tried again", self.err)

    def test_output_that_cannot_be_passed_on_is_no_success(self):
        with open("/dev/full", "wb") as full:
            code = self.run_daybook("run", "--", "echo", "lost", stdout=full)
        self.assertEqual(code, 125)
        self.assertIn(b"pass on the program's output: No space left on device", self.err)

    # ---- For scripts ----

    def test_a_script_is_told_the_id_and_how_it_ended(self):
        self.run_daybook("run", "--id-file", "id", "--summary", "json", "--type", "t",
                         "--config", '{"a":1}', "--seed", "7", "--data-fingerprint", "d",
                         "--experiment", "e", "--tag", "k=v", "--", "sh", "-c", "cat id; exit 2")
        run_id = (self.dir / "id").read_text().strip()
        self.assertEqual(self.out.decode().strip(), run_id)
        told = json.loads(self.err)
        self.assertEqual((told["run_id"], told["status"], told["recorded"], told["reason"]),
                         (run_id, "failed", True, "exit code 2"))
        run = self.show(run_id)["run"]
        self.assertEqual((run["run_type"], run["config"], run["seed"], run["data_fingerprint"],
                          run["experiment"], run["tags"]),
                         ("t", {"a": 1}, 7, "d", "e", {"k": "v"}))

    def test_the_programs_flags_need_no_quoting(self):
        for words in (["echo", "--name", "x", "--help"], ["--", "echo", "--name", "x", "--help"]):
            self.assertEqual(self.run_daybook("run", *words), 0, self.err)
            self.assertEqual(self.out, b"--name x --help\n")


if __name__ == "__main__":
    unittest.main()
