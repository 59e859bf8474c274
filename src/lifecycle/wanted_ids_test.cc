#include "lifecycle/wanted_ids.h"

#include <string>

#include <gtest/gtest.h>

#include "index/event_key.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

TEST(WantedIds, WhatTheLedgerHasIsFoundWhereverItLies) {
    TestLedger ledger;
    const std::string id = "0193d5e8-0000-7000-8000-000000000001";
    // Neither the id nor the time is of the day that it lies in.
    ledger.put("events/day=2026-01-20/part-000001.jsonl",
               R"({"event_type":"run.tagged","event_id":")" + id +
                   R"(","timestamp_ms":1769159700250,"run_id":"r1","tags":{}})"
                   "\n");
    WantedIds wanted;
    wanted.want(id, "r1");
    wanted.want("0193d5e8-0000-7000-8000-000000000002", "r2");
    testing::expect_ok(wanted.look(archive::log_source(ledger.dir())));
    EXPECT_TRUE(wanted.has_run("r1"));
    EXPECT_FALSE(wanted.has_run("r2"));
    EXPECT_TRUE(wanted.has_all_of("r1"));
    EXPECT_FALSE(wanted.has_all_of("r2"));
    const auto there = wanted.insert(index::event_key(id), 7);
    ASSERT_TRUE(there);
    EXPECT_NE(*there, 7U);
    const Hash128 other = index::event_key("0193d5e8-0000-7000-8000-000000000002");
    EXPECT_FALSE(wanted.insert(other, 7));
    EXPECT_EQ(wanted.insert(other, 8), 7U);
}

TEST(WantedIds, TheGreatestOfDeletedAndRestoredCounts) {
    WantedIds wanted;
    const auto see = [&](std::string_view type, std::string_view run, std::int64_t at,
                         std::string_view id) {
        wanted.deleted_runs().see(
            {.event_type = type, .event_id = id, .timestamp = TimestampMs(at), .run_id = run});
    };
    see("run.restored", "back", 2, "0193d5e8-0000-7000-8000-000000000001");
    see("run.deleted", "back", 1, "0193d5e8-0000-7000-8000-000000000002");
    see("run.deleted", "gone", 2, "0193d5e8-0000-7000-8000-000000000003");
    see("run.restored", "gone", 1, "0193d5e8-0000-7000-8000-000000000004");
    see("run.deleted", "same time", 1, "0193d5e8-0000-7000-8000-000000000006");
    see("run.restored", "same time", 1, "0193d5e8-0000-7000-8000-000000000005");
    see("run.tagged", "other", 1, "0193d5e8-0000-7000-8000-000000000007");
    EXPECT_EQ(wanted.deleted_runs().list(), (std::vector<std::string>{"gone", "same time"}));
}

}  // namespace
}  // namespace daybook::lifecycle
