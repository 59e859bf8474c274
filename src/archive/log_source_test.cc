#include "archive/log_source.h"

#include <gtest/gtest.h>

#include "archive/test_archive.h"

namespace daybook::archive {
namespace {

class ArchivedLogSourceTest : public ArchiveTest {};

TEST_F(ArchivedLogSourceTest, PartsOfBothAreOneLog) {
    archive({put_part(test_part(1), own_line("r1", 1)), put_part(test_part(2), "x")});
    put_part(test_part(3), "live");
    std::vector<std::string> names;
    for (const log::PartInfo& part : testing::value_of(log::list_parts(log_source(dir_)))) {
        names.push_back(to_string(part.id) + (part.archived ? " archived" : ""));
    }
    EXPECT_EQ(names, (std::vector<std::string>{"day=2026-01-23/part-000001 archived",
                                               "day=2026-01-23/part-000002 archived",
                                               "day=2026-01-23/part-000003"}));
}

TEST_F(ArchivedLogSourceTest, NothingIsLookedAtBeforeItIsAskedFor) {
    EXPECT_NE(archived_parts(ledger::LedgerDir("/nowhere")), nullptr);
    EXPECT_NE(log_source(ledger::LedgerDir("/nowhere")).archives(), nullptr);
}

}  // namespace
}  // namespace daybook::archive
