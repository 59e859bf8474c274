#include "archive/line_heads.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/test_archive.h"
#include "json/envelope.h"
#include "log/scan.h"

namespace daybook::archive {
namespace {

class LineHeadsTest : public ArchiveTest {
protected:
    std::vector<std::string> heads(const ArchivedPart& part) {
        const Inflater inflater = testing::value_of(Inflater::open());
        std::vector<std::string> found;
        testing::expect_ok(for_each_head(
            inflater, layout_.file_path(kTestDay, file_name(FileNumber(1))), part,
            [&](const LineHead& head) {
                found.push_back(fmt::format("{} {} {} {}", head.event_type, head.run_id,
                                            head.timestamp.value(), head.bytes));
            }));
        return found;
    }
};

TEST_F(LineHeadsTest, TheySayWhatTheLinesSay) {
    for (const bool torn : {false, true}) {
        const std::string bytes = hard_part(torn);
        const Manifest manifest =
            archive({put_part(test_part(1), own_line("a", 1)), put_part(test_part(2), bytes)});
        std::vector<std::string> expected;
        json::EnvelopeReader envelopes;
        std::size_t begin = 0;
        while (begin < bytes.size()) {
            const std::size_t newline = bytes.find('\n', begin);
            const std::size_t end = newline == std::string::npos ? bytes.size() : newline + 1;
            const log::Line line = log::judge_line(
                std::string_view(bytes).substr(begin, end - begin - (newline != bytes.npos)),
                ByteOffset(begin));
            const auto event =
                line.kind == log::LineKind::kDamaged ? std::nullopt : envelopes.read(line.text);
            // A column of text holds no NUL.
            const bool has_columns = event && event->event_id.find('\0') == event->event_id.npos;
            expected.push_back(has_columns
                                   ? fmt::format("{} {} {} {}", event->event_type, event->run_id,
                                                 event->timestamp.value(), end - begin)
                                   : fmt::format("  0 {}", end - begin));
            begin = end;
        }
        EXPECT_EQ(heads(manifest.parts[1]), expected);
        testing::expect_ok(os::remove_tree(dir_.root()));
    }
}

TEST_F(LineHeadsTest, AFileThatHasGoneIsNamed) {
    const Manifest manifest = archive({put_part(test_part(1), own_line("a", 1))});
    const std::string path = layout_.file_path(kTestDay, file_name(FileNumber(1)));
    testing::expect_ok(os::remove_file(path));
    const Inflater inflater = testing::value_of(Inflater::open());
    const Status read = for_each_head(inflater, path, manifest.parts[0], [](const LineHead&) {});
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().message().find(path), std::string::npos);
}

}  // namespace
}  // namespace daybook::archive
