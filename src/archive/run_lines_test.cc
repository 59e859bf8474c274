#include "archive/run_lines.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "archive/test_archive.h"
#include "os/syscalls.h"

namespace daybook::archive {
namespace {

std::function<void()> g_meanwhile;  // A system call's double has no other place for it.

class RunLinesTest : public ArchiveTest {
protected:
    std::vector<std::string> lines_of(std::string_view run_id) {
        std::vector<std::string> lines;
        testing::expect_ok(for_each_line_of_run(dir_, run_id, [&](std::string_view line) {
            lines.push_back(std::string(line) + "\n");
        }));
        return lines;
    }
    using Lines = std::vector<std::string>;
};

TEST_F(RunLinesTest, ALedgerWithoutArchivesHasNone) { EXPECT_EQ(lines_of("r1"), Lines{}); }

TEST_F(RunLinesTest, ARunAndThoseBelowItAreFoundInTheOrderOfTheirDays) {
    const Day next(kTestDay.value() + 1);
    archive({put_part(test_part(1, next), own_line("a", 1)),
             put_part(test_part(2, next), own_line("a.b", 1) + own_line("ab", 2))});
    archive({put_part(test_part(1), own_line("a", 1, "run.started") + own_line("b", 2))});
    EXPECT_EQ(lines_of("a"),
              (Lines{own_line("a", 1, "run.started"), own_line("a", 1), own_line("a.b", 1)}));
    EXPECT_EQ(lines_of("a.b"), Lines{own_line("a.b", 1)});
    EXPECT_EQ(lines_of("it's"), Lines{});
}

TEST_F(RunLinesTest, AnArchiveThatHasGoneIsNamed) {
    archive({put_part(test_part(1), own_line("a", 1))});
    const std::string path = layout_.file_path(kTestDay, file_name(FileNumber(1)));
    testing::expect_ok(os::remove_file(path));
    const Status read = for_each_line_of_run(dir_, "a", [](std::string_view) {});
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().message().find(path), std::string::npos) << read.error().message();
}

TEST_F(RunLinesTest, AFileThatIsReplacedMeanwhileIsReadUnderItsNewName) {
    Manifest manifest = archive({put_part(test_part(1), own_line("a", 1))});
    g_meanwhile = [&] {
        const std::string name = file_name(FileNumber(2));
        testing::expect_ok(os::rename(layout_.file_path(kTestDay, manifest.files[0].name),
                                      layout_.file_path(kTestDay, name)));
        manifest.files[0].name = manifest.parts[0].file = name;
        testing::expect_ok(write_manifest(layout_, manifest));
    };
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        const bool is_file = std::string_view(path).ends_with("events-000001.parquet");
        if (is_file && g_meanwhile) std::exchange(g_meanwhile, nullptr)();
        return os::kernel_syscalls().open(path, flags, mode);
    };
    const os::ScopedSyscalls in_force(table);
    EXPECT_EQ(lines_of("a"), Lines{own_line("a", 1)});
    EXPECT_FALSE(g_meanwhile);
}

}  // namespace
}  // namespace daybook::archive
