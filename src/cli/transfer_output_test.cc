#include "cli/transfer_output.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace daybook::cli {
namespace {

TEST(TransferOutput, CountsAreSaidInWords) {
    lifecycle::IncomingReport events{.events = 1200, .written = 1000, .known = 199, .changed = 1};
    lifecycle::PlacedReport files;
    EXPECT_EQ(transfer_text(events, files, false),
              "1,200 events: 1,000 written, 199 were there, 1 there otherwise");
    files.placed = 1;
    EXPECT_EQ(transfer_text({.events = 1, .written = 0, .known = 1}, files, true),
              "1 event: 0 would be written, 1 was there; 1 file: 1 would be written, 0 were there");
}

TEST(TransferOutput, ProgramsGetAllOfIt) {
    const lifecycle::IncomingReport events{.events = 3,
                                           .written = 1,
                                           .known = 1,
                                           .changed = 1,
                                           .changed_ids = {"e"},
                                           .first_day = Day(20476)};
    const lifecycle::PlacedReport files{.placed = 2, .there = 1, .conflict_paths = {"a"}};
    nlohmann::ordered_json document;
    add_transfer(events, files, document);
    EXPECT_EQ(document.dump(),
              R"({"events":3,"written":1,"known":1,"changed":1,"changed_ids":["e"],)"
              R"("first_day":"2026-01-23","last_day":null,"artifacts_written":2,)"
              R"("artifacts_known":1,"artifact_conflicts":["a"]})");
}

}  // namespace
}  // namespace daybook::cli
