"""Records of logging beside the run's events."""

from __future__ import annotations

import logging
from pathlib import Path

import daybook
import pytest


@pytest.fixture
def logger():
    logger = logging.Logger("strategy")
    yield logger
    for handler in list(logger.handlers):
        handler.close()


def start(ledger):
    return daybook.start_run("p", ledger=ledger.path, strict=True, capture=False)


def test_records_are_in_an_artifact_of_the_run(ledger, logger):
    with start(ledger) as run:
        handler = daybook.LogHandler(run, logging.INFO)
        logger.addHandler(handler)
        logger.debug("not this")
        logger.info("loaded %d rows", 3)
        # Before the file is closed: what has been logged would survive this process.
        assert "INFO strategy: loaded 3 rows\n" in Path(handler.path).read_text()
        try:
            raise KeyError("close")
        except KeyError:
            logger.exception("no price")
        handler.close()
    artifact = ledger.one("artifact.created")
    text = (ledger.path / artifact["artifact_path"]).read_text()
    assert artifact["artifact_type"] == "log"
    assert artifact["size_bytes"] == len(text)
    assert "not this" not in text and "KeyError: 'close'" in text
    assert ledger.events("run.tagged") == []


def test_warnings_become_notes_where_that_is_wanted(ledger, logger):
    with start(ledger) as run:
        logger.addHandler(daybook.LogHandler(run, notes=True))
        logger.info("fine")
        logger.warning("odd")
    note = ledger.one("run.tagged")
    assert (note["note"], note["author"]) == ("odd", "strategy")


def test_the_file_is_capped_and_says_so(ledger, logger):
    with start(ledger) as run:
        handler = daybook.LogHandler(run, bytes_max=1000)
        logger.addHandler(handler)
        for _ in range(100):
            logger.info("x" * 80)
        handler.close()
    lines = Path(handler.path).read_text().splitlines()
    kept = len(lines) - 1
    assert 0 < kept < 12
    assert lines[-1] == f"{100 - kept} records more are left out"


def test_a_forked_child_does_not_end_the_file(ledger, script):
    result = script.run(
        """
        import logging
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        handler = daybook.LogHandler(run, bytes_max=100)
        logging.getLogger().addHandler(handler)
        logging.warning("x" * 200)
        if os.fork() == 0:
            sys.exit(0)
        os.wait()
        logging.warning("y")
        handler.close()
        print(open(handler.path).read(), end="")
        """
    )
    assert result.returncode == 0, result.stderr
    record, left_out = result.stdout.splitlines()
    assert (record[-4:], left_out) == ("t: y", "1 records more are left out")


def test_two_handlers_have_two_files(ledger):
    with start(ledger) as run:
        names = [Path(daybook.LogHandler(run).path).name for _ in range(2)]
    assert names == ["log.txt", "log-2.txt"]


def test_a_log_that_cannot_be_made_is_counted(ledger, tmp_path, capfd):
    run = daybook.start_run("p", ledger=ledger.path, capture=False)
    (ledger.path / "artifacts").write_text("in the way")
    handler = daybook.LogHandler(run)
    assert handler.path is None
    assert run.stats()["failures"] == 1
    handler.emit(logging.makeLogRecord({"msg": "x"}))
    handler.close()
    run.complete()
    with pytest.raises(daybook.Error):
        daybook.LogHandler(daybook.start_run("p", ledger=ledger.path, strict=True, capture=False))


def test_closing_a_log_raises_nothing_into_the_program(ledger, logger, capfd):
    run = start(ledger)
    handler = daybook.LogHandler(run)
    logger.addHandler(handler)
    Path(handler.path).unlink()
    handler.close()
    assert "daybook: close the log" in capfd.readouterr().err
    run.complete()


def test_at_exit_the_file_is_recorded(ledger, script):
    result = script.run(
        """
        import logging
        run = daybook.start_run("p", ledger=LEDGER, capture=False)
        logging.getLogger().addHandler(daybook.LogHandler(run))
        logging.warning("odd")
        """
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert ledger.one("artifact.created")["artifact_type"] == "log"
    assert ledger.types()[-1] == "run.completed"


def test_logging_after_the_end_takes_no_program_down(ledger, logger):
    run = start(ledger)
    handler = daybook.LogHandler(run)
    logger.addHandler(handler)
    handler.close()
    logger.warning("late")
