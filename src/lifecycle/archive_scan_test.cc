#include "lifecycle/archive_scan.h"

#include "archive/inflate.h"
#include "archive/rewrite.h"
#include "archive/test_archive.h"

namespace daybook::lifecycle {
namespace {

using Seen = std::vector<std::string>;

class ArchiveScanTest : public archive::ArchiveTest {
protected:
    Seen scan(const archive::Manifest& manifest) {
        const archive::Inflater inflater = testing::value_of(archive::Inflater::open());
        duck::Connection connection = testing::value_of(inflater.database().connect());
        Seen seen;
        for (const archive::ArchiveFile& file : manifest.files) {
            testing::expect_ok(scan_archive(
                connection, layout_, manifest, file, [&](const ScannedEvent& event) -> Status {
                    seen.push_back(fmt::format("{} {} {} {}", to_string(event.part.part),
                                               event.event_type, event.run_id, event.bytes));
                    return {};
                }));
        }
        return seen;
    }
    // The same by reading every line.
    Seen read(const archive::Manifest& manifest) {
        Seen seen;
        for (const archive::ArchiveFile& file : manifest.files) {
            testing::value_of(archive::rewrite_file(
                layout_, manifest, file, archive::FileNumber(99),
                [&](const archive::ArchivedEvent& event) {
                    seen.push_back(fmt::format("{} {} {} {}", to_string(event.part),
                                               event.event_type, event.run_id, event.bytes));
                    return false;
                }));
        }
        return seen;
    }
};

TEST_F(ArchiveScanTest, TellsOfEveryEventWhatItsLineTells) {
    const archive::Manifest manifest =
        archive({put_part(archive::test_part(1), archive::hard_part(false)),
                 put_part(archive::test_part(2), archive::own_line("a", 1))});
    EXPECT_EQ(scan(manifest), read(manifest));
    EXPECT_EQ(scan(manifest).size(), 6U);
}

TEST_F(ArchiveScanTest, WhatWasTakenOutCountsForNobody) {
    std::string bytes;
    for (std::uint64_t seq = 1; seq <= 9; ++seq) {
        bytes += archive::own_line(seq % 3 == 0 ? "goes" : "stays", seq);
        if (seq == 5) bytes += "no event\n";
    }
    archive::Manifest manifest = archive({put_part(archive::test_part(1), bytes)});
    const archive::ArchiveFile file = manifest.files.front();
    const archive::RewrittenFile rewritten = testing::value_of(archive::rewrite_file(
        layout_, manifest, file, archive::FileNumber(2),
        [](const archive::ArchivedEvent& event) { return event.run_id == "goes"; }));
    const std::string path = layout_.file_path(manifest.day, rewritten.file->name);
    testing::expect_ok(os::rename(path + ".tmp", path));
    manifest = archive::with_rewritten(std::move(manifest), file, rewritten);
    EXPECT_EQ(scan(manifest), read(manifest));
    EXPECT_EQ(scan(manifest).size(), 6U);
}

TEST_F(ArchiveScanTest, AnErrorEndsIt) {
    const archive::Manifest manifest =
        archive({put_part(archive::test_part(1), archive::hard_part(false))});
    const archive::Inflater inflater = testing::value_of(archive::Inflater::open());
    duck::Connection connection = testing::value_of(inflater.database().connect());
    int seen = 0;
    const Status scanned = scan_archive(connection, layout_, manifest, manifest.files.front(),
                                        [&](const ScannedEvent&) -> Status {
                                            ++seen;
                                            return fail(ErrorCode::kCancelled, "stop");
                                        });
    ASSERT_FALSE(scanned.has_value());
    EXPECT_EQ(scanned.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace daybook::lifecycle
