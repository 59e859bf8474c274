"""tools/bootstrap, with stubs that say what they were asked for in place of the programs."""

import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# What the script may use of the machine itself.
TOOLS = "bash env dirname sed comm sort sha256sum mktemp tail rm mkdir mv chmod".split()


class BootstrapTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for folder in ("tools/deps", "clients/node"):
            (self.root / folder / "node_modules").mkdir(parents=True)
            (self.root / folder / "package-lock.json").write_text("{}")
        shutil.copy(ROOT / "tools" / "bootstrap", self.root / "tools")
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))
        self.stub("node", "")
        self.stub("npm", 'echo "npm $*" >>"$CALLS"; mkdir -p "$3/node_modules"')
        for path in ("clients/python/requirements-dev.txt", "bench/clients/requirements.txt",
                     "tests/lake/requirements.txt"):
            packages = self.root / path
            packages.parent.mkdir(parents=True)
            packages.write_text("nanobind==1\n")
        self.stub(
            "python3",
            'echo "python3 $*" >>"$CALLS"\n'
            "if [[ $2 == venv ]]; then\n"
            '    mkdir -p "$3/bin" && printf "%s\\n" "#!$BASH"'
            ' "echo \\"venv \\$*\\" >>\\"\\$CALLS\\"" >"$3/bin/python"\n'
            '    chmod +x "$3/bin/python"; exit\n'
            "fi\n"
            'while [[ $1 != --target ]]; do shift; done\n'
            'mkdir -p "$2/${!#/==/-}.dist-info"',
        )
        self.stub("apt-get", 'echo "apt-get $*" >>"$CALLS"')
        self.stub("id", "echo 0")
        self.stub("promtool", "")
        self.stub("java", "")
        self.install_all_but()
        self.run_bootstrap("--bench", "--lake")  # leaves the stamps
        self.calls_path.unlink()

    @property
    def calls_path(self) -> Path:
        return self.root / "calls"

    def stub(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!{shutil.which('bash')}\n{script}\n")
        path.chmod(0o755)

    def install_all_but(self, *missing: str) -> None:
        """A dpkg-query that knows every package it is asked for but these, as the real one does."""
        self.stub(
            "dpkg-query",
            'for name in "$@"; do\n'
            f'    [[ $name == --* || " {" ".join(missing)} " == *" $name "* ]] ||'
            ' echo "installed $name"\n'
            "done\n"
            "exit 1",
        )

    def run_bootstrap(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = {"PATH": str(self.bin), "CALLS": str(self.calls_path)}
        command = [str(self.root / "tools" / "bootstrap"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def calls(self) -> list[str]:
        return self.calls_path.read_text().splitlines() if self.calls_path.exists() else []

    def test_nothing_missing_is_silent_and_quick(self):
        start = time.monotonic()
        result = self.run_bootstrap()
        self.assertLess(time.monotonic() - start, 0.5)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(self.calls(), [])

    def test_root_installs_what_is_missing_and_nothing_else(self):
        self.install_all_but("mold", "libfmt-dev")
        result = self.run_bootstrap()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, "bootstrap: installing libfmt-dev mold\n")
        self.assertTrue(self.calls()[0].endswith(" update"))
        self.assertTrue(self.calls()[1].endswith(" install --yes --no-install-recommends"
                                                 " libfmt-dev mold"))

    def test_others_go_through_sudo(self):
        self.install_all_but("mold")
        self.stub("id", "echo 1000")
        self.stub("sudo", 'echo sudo >>"$CALLS"; exec "$@"')
        self.assertEqual(self.run_bootstrap().returncode, 0)
        self.assertEqual([call.split()[0] for call in self.calls()],
                         ["sudo", "apt-get", "sudo", "apt-get"])

    def test_without_root_and_sudo_it_says_what_to_do(self):
        self.install_all_but("mold")
        self.stub("id", "echo 1000")
        result = self.run_bootstrap()
        self.assertEqual(result.returncode, 1)
        self.assertIn("run 'apt-get install mold' as root, or install sudo", result.stderr)

    def test_offline_it_says_so(self):
        self.install_all_but("mold")
        self.stub("apt-get", "echo 'Temporary failure resolving'; exit 100")
        result = self.run_bootstrap()
        self.assertEqual(result.returncode, 1)
        self.assertIn("Temporary failure resolving", result.stderr)
        self.assertIn("apt-get update failed", result.stderr)

    def test_the_clang_tools_are_installed_only_when_asked_for(self):
        self.install_all_but("clang-tidy-19")
        self.assertEqual(self.run_bootstrap().stdout, "")
        result = self.run_bootstrap("--tidy")
        self.assertEqual(result.stdout, "bootstrap: installing clang-tidy-19\n")

    def test_sets_of_packages_can_be_joined(self):
        self.install_all_but("clang-19", "spin", "librocksdb-dev")
        self.assertEqual(self.run_bootstrap().stdout, "")
        result = self.run_bootstrap("--tidy", "--bench", "--rigs")
        self.assertEqual(result.stdout,
                         "bootstrap: installing clang-19 librocksdb-dev spin\n")

    def test_node_is_installed_where_there_is_none(self):
        (self.bin / "node").unlink()
        self.install_all_but("nodejs")
        self.assertEqual(self.run_bootstrap().stdout, "bootstrap: installing nodejs\n")

    def test_a_changed_pin_is_installed_without_install_scripts(self):
        (self.root / "tools" / "deps" / "package-lock.json").write_text('{"changed": 1}')
        result = self.run_bootstrap()
        self.assertEqual(result.stdout, "bootstrap: installing DuckDB into tools/deps\n")
        self.assertIn("npm ci --prefix tools/deps --ignore-scripts", self.calls()[0])
        self.assertEqual(self.run_bootstrap().stdout, "")

    def test_the_typescript_client_has_a_lock_file_of_its_own(self):
        (self.root / "clients" / "node" / "package-lock.json").write_text('{"changed": 1}')
        result = self.run_bootstrap()
        self.assertRegex(result.stdout, "^bootstrap: installing what .* into clients/node\n$")
        self.assertIn("npm ci --prefix clients/node --ignore-scripts", self.calls()[0])
        self.assertIn("--omit=optional", self.calls()[0])

    def test_a_failed_npm_is_tried_again_the_next_time(self):
        (self.root / "tools" / "deps" / "package-lock.json").write_text('{"changed": 1}')
        self.stub("npm", "exit 1")
        for _ in range(2):
            result = self.run_bootstrap()
            self.assertEqual(result.returncode, 1)
            self.assertIn("npm ci in tools/deps failed", result.stderr)

    def test_another_oldest_duckdb_takes_the_place_of_the_one_before(self):
        script = self.root / "tools" / "bootstrap"
        script.write_text(re.sub(r"oldest_duckdb=.*", "oldest_duckdb=9.9.9", script.read_text()))
        result = self.run_bootstrap()
        self.assertEqual(
            result.stdout, "bootstrap: installing duckdb 9.9.9 into tools/deps/python\n"
        )
        self.assertIn("-m pip install", self.calls()[0])
        self.assertTrue(self.calls()[0].endswith(" duckdb==9.9.9"), self.calls())
        python = self.root / "tools" / "deps" / "python"
        self.assertEqual([path.name for path in python.iterdir()], ["duckdb-9.9.9.dist-info"])
        self.assertEqual(self.run_bootstrap().stdout, "")

    def test_a_changed_list_of_python_packages_is_installed_anew(self):
        packages = self.root / "clients" / "python" / "requirements-dev.txt"
        packages.write_text("nanobind==2\n")
        self.assertEqual(
            self.run_bootstrap().stdout,
            "bootstrap: installing the packages of clients/python/requirements-dev.txt into"
            " tools/deps/venv\n",
        )
        self.assertEqual(self.calls()[0], "python3 -m venv tools/deps/venv")
        self.assertIn("venv -m pip install --quiet", self.calls()[1])
        self.assertIn(" --requirement clients/python/requirements-dev.txt", self.calls()[1])
        self.assertEqual(self.run_bootstrap().stdout, "")

    def test_the_peers_of_the_clients_are_installed_only_when_asked_for(self):
        (self.root / "bench" / "clients" / "requirements.txt").write_text("wandb==2\n")
        self.assertEqual(self.run_bootstrap().stdout, "")
        self.assertEqual(
            self.run_bootstrap("--bench").stdout,
            "bootstrap: installing the packages of bench/clients/requirements.txt into"
            " tools/deps/peers\n",
        )
        self.assertEqual(self.calls()[0], "python3 -m venv tools/deps/peers")
        # The list is whole: nothing beyond it is looked for.
        self.assertIn(" --requirement bench/clients/requirements.txt --no-deps", self.calls()[1])
        self.assertEqual(self.run_bootstrap("--bench").stdout, "")

    def test_what_reads_archives_is_installed_only_for_the_lake_and_the_rigs(self):
        packages = self.root / "tests" / "lake" / "requirements.txt"
        for flag in ("--lake", "--rigs"):
            packages.write_text(f"pyspark==2 # {flag}\n")
            self.assertEqual(self.run_bootstrap("--bench").stdout, "")
            self.assertEqual(
                self.run_bootstrap(flag).stdout,
                "bootstrap: installing the packages of tests/lake/requirements.txt into"
                " tools/deps/lake\n",
            )
            self.assertEqual(self.run_bootstrap(flag).stdout, "")
        # PySpark comes as a source archive only.
        self.assertIn(" --no-deps --no-binary pyspark", self.calls()[1])

    def test_java_is_installed_where_there_is_none(self):
        (self.bin / "java").unlink()
        self.install_all_but("openjdk-17-jre-headless")
        self.assertEqual(self.run_bootstrap().stdout, "")
        self.assertEqual(self.run_bootstrap("--lake").stdout,
                         "bootstrap: installing openjdk-17-jre-headless\n")

    def test_a_half_installed_list_is_tried_again_the_next_time(self):
        (self.root / "tools" / "deps" / "venv" / ".daybook-list.sha256").unlink()
        self.stub("python3", 'mkdir -p "$3/bin"; printf "#!$BASH\\nexit 1" >"$3/bin/python";'
                             ' chmod +x "$3/bin/python"')
        for _ in range(2):
            result = self.run_bootstrap()
            self.assertEqual(result.returncode, 1)
            self.assertIn("requirements-dev.txt failed: is the network down?", result.stderr)

    def test_a_failed_pip_is_tried_again_the_next_time(self):
        shutil.rmtree(self.root / "tools" / "deps" / "python")
        self.stub("python3", 'mkdir -p tools/deps/python.tmp/half; exit 1')
        for _ in range(2):
            result = self.run_bootstrap()
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, "pip install duckdb==.* failed: is the network down?")

    def test_an_unknown_argument_is_refused(self):
        result = self.run_bootstrap("--tiddy")
        self.assertEqual(result.returncode, 1)
        self.assertIn("unknown argument '--tiddy'", result.stderr)

    def test_the_lock_file_names_no_host(self):
        for folder in ("tools/deps", "clients/node"):
            lock = (ROOT / folder / "package-lock.json").read_text()
            self.assertFalse('"resolved"' in lock)


if __name__ == "__main__":
    unittest.main()
