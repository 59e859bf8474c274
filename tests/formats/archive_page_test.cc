// The worked examples of archive.md: what archiving the part of event-line.md writes, the rows of
// damaged bytes, and the kinds of findings.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "archive/archive_writer.h"
#include "archive/inflate.h"
#include "archive/manifest.h"
#include "archive/manifest_file.h"
#include "archive/row_group.h"
#include "base/hash.h"
#include "formats/page.h"
#include "lifecycle/archiver.h"
#include "os/file.h"
#include "support/sealed_ledger.h"
#include "support/temp_dir.h"

namespace daybook::formats {
namespace {

using daybook::testing::value_of;

class ArchivePageTest : public ::testing::Test {
protected:
    const Page page_{"archive.md"};
    daybook::testing::TempDir temp_;
    const ledger::LedgerDir dir_{temp_ / "ledger"};
};

TEST_F(ArchivePageTest, ArchivingThePartGivesTheManifest) {
    const log::PartId part = daybook::testing::ledger_part(1);
    daybook::testing::put_ledger_part(dir_, part, Page("event-line.md").block("jsonl"));
    daybook::testing::seal_ledger(dir_);
    value_of(lifecycle::archive_days(dir_));
    const archive::ArchiveLayout layout(dir_);
    const std::string shown = page_.block("json");
    archive::Manifest made = value_of(archive::read_manifest(layout, part.day)).value();
    archive::Manifest expected = value_of(archive::decode_manifest(shown, "archive.md"));
    EXPECT_EQ(archive::encode_manifest(expected), shown);
    // Another version of zstd may make other pages of the same rows.
    for (archive::Manifest* manifest : {&made, &expected}) {
        manifest->files.at(0).bytes = 0;
        manifest->files.at(0).sha256.clear();
    }
    EXPECT_EQ(made, expected);
    EXPECT_EQ(made.parts[0].seal_sha256, sha256_hex(Page("seal.md").block("json")));
}

TEST_F(ArchivePageTest, DamageBecomesTheRowsOfTheTable) {
    const std::string bytes("two\0\ntorn", 9);
    const log::PartId id = daybook::testing::ledger_part(2);
    daybook::testing::put_ledger_part(dir_, id, bytes);
    const std::string path = temp_ / "file.parquet";
    const archive::SealedPart part{.part = id,
                                   .path = dir_.layout().part_path(id),
                                   .bytes = bytes.size(),
                                   .sha256 = sha256_hex(bytes),
                                   .seal_sha256 = std::string(64, '0')};
    value_of(archive::write_archive(path, "file.parquet", std::vector{part}));
    auto database = value_of(duck::Database::open_in_memory());
    auto connection = value_of(database.connect());
    auto rows = value_of(connection.query(
        "SELECT \"offset\", event_type, event_id, timestamp_ms, run_id, line, hex(damaged_bytes) "
        "FROM read_parquet($1)",
        {path}));
    std::vector<std::string> found;
    while (value_of(rows.next())) {
        std::string row;
        for (std::size_t i = 0; i < rows.column_count(); ++i) row += rows.text(i) + " ";
        found.push_back(row);
    }
    EXPECT_EQ(found, (std::vector<std::string>{"0 NULL NULL NULL NULL NULL 74776F00 ",
                                               "5 NULL NULL NULL NULL torn NULL "}));
    EXPECT_TRUE(page_.contains("| 0 | null | null | `74 77 6f 00` |"));
    EXPECT_TRUE(page_.contains("| 5 | null | `torn` | null |"));
}

TEST_F(ArchivePageTest, EveryFindingOfTheCodeIsInTheTable) {
    for (const char* kind :
         {"archive_unreadable", "archive_missing", "archive_changed", "archive_damaged",
          "archive_seal_differs", "archived_twice", "archive_unnamed", "archive_foreign",
          "removed_unexplained", "removed_otherwise"}) {
        EXPECT_EQ(page_.row(kind).size(), 2U) << kind;
    }
}

TEST_F(ArchivePageTest, EveryColumnIsInTheTable) {
    for (std::size_t i = 0; i < archive::kFieldCount; ++i) {
        const archive::FieldInfo& info = archive::info_of(static_cast<archive::Field>(i));
        EXPECT_TRUE(page_.contains(std::string("`") + info.name + "`")) << info.name;
    }
}

}  // namespace
}  // namespace daybook::formats
