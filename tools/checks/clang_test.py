"""Every check of the clang tools that `make tidy` relies on fires, with our configuration."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from checks import clang  # noqa: E402
from checks.tree import Tree  # noqa: E402


class ClangTest(unittest.TestCase):
    """The tools themselves, on planted files."""

    ROOT = Path(__file__).resolve().parent.parent.parent

    PLANTED = {
        "struct bad_name {};": "readability-identifier-naming",
        "inline int BadName() { return 1; }": "readability-identifier-naming",
        "enum class E { bad };": "readability-identifier-naming",
        "constexpr int bad_constant = 1;": "readability-identifier-naming",
        "class C { int member; };": "readability-identifier-naming",
        "inline int* f() { return 0; }": "modernize-use-nullptr",
        "struct A { virtual ~A(); virtual void f(); };\n"
        "struct B : A { virtual void f(); };": "modernize-use-override",
        "namespace tl { template <class T, class E> struct expected {}; }\n"
        "tl::expected<int, int> f();\ninline void g() { f(); }": "bugprone-unused-return-value",
        "namespace daybook { struct Error { int x; }; Error f();\n"
        "inline void g() { f(); } }": "bugprone-unused-return-value",
    }

    def test_each_check_fires(self):
        for text, check in self.PLANTED.items():
            with self.subTest(text=text), tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "planted.cc"
                path.write_text(text + "\n")
                config = f"--config-file={self.ROOT}/.clang-tidy"
                command = ["clang-tidy-19", "--quiet", config, str(path), "--", "-std=c++20"]
                result = subprocess.run(command, capture_output=True, text=True)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(f"[{check},-warnings-as-errors]", result.stdout)

    def test_a_file_out_of_format_is_found_once(self):
        with tempfile.TemporaryDirectory(dir=self.ROOT / "build") as folder:
            path = Path(folder) / "planted.cc"
            path.write_text("int  f( );\nint  g( );\n")
            tree = Tree.of({str(path): path.read_text()})
            found = list(clang.format_findings(list(tree.files.values()), self.ROOT))
            self.assertEqual([(f.line, f.rule) for f in found], [(1, "format")])

    def test_shares_are_a_part_of_the_files_and_another_each_day_until_all_were_in_one(self):
        paths = [f"src/{i}.cc" for i in range(300)]
        shares = [[p for p in paths if clang.is_in_share(p, day, 3)] for day in (7, 8, 9)]
        self.assertTrue(all(60 < len(share) < 140 for share in shares), shares)
        self.assertEqual(sorted(sum(shares, [])), sorted(paths))
        self.assertEqual([path for path in paths if clang.is_in_share(path, 0, 1)], paths)

    def test_diagnostics_are_read(self):
        output = (
            "/r/a.cc:3:5: error: no good [some-check,-warnings-as-errors]\n"
            "    3 |     bad\n"
            "/r/b.h:7:1: note: here\n"
        )
        self.assertEqual(
            list(clang.parse_diagnostics(output)), [("/r/a.cc", 3, "no good [some-check]")]
        )


if __name__ == "__main__":
    unittest.main()
