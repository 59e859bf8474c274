#include "ledger/kept_events.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::ledger {
namespace {

KeptEvent frame(const std::string& json) { return {.json = json, .frames_run = true}; }
KeptEvent other(const std::string& json) { return {.json = json}; }

std::vector<std::string> texts(const std::vector<KeptEvent>& events) {
    std::vector<std::string> all;
    for (const KeptEvent& event : events) all.push_back(event.json);
    return all;
}

std::vector<std::string> drain(KeptEvents& kept) {
    std::vector<std::string> all;
    while (!kept.empty()) {
        const std::string front = kept.front().json;
        EXPECT_EQ(kept.pop().json, front);
        all.push_back(front);
    }
    return all;
}

using Texts = std::vector<std::string>;

TEST(KeptEvents, ComeBackInTheirOrder) {
    KeptEvents kept(10, 1000);
    for (const KeptEvent& event : {frame("created"), other("a"), frame("started"), other("b")}) {
        EXPECT_TRUE(kept.push(event).empty());
    }
    EXPECT_EQ(kept.size(), 4u);
    EXPECT_EQ(drain(kept), (Texts{"created", "a", "started", "b"}));
}

TEST(KeptEvents, TheOldestGoWhenThereAreTooMany) {
    KeptEvents kept(2, 1000);
    kept.push(other("a"));
    kept.push(other("b"));
    EXPECT_EQ(texts(kept.push(other("c"))), Texts{"a"});
    EXPECT_EQ(drain(kept), (Texts{"b", "c"}));
}

TEST(KeptEvents, TheOldestGoWhenTheyAreTooLarge) {
    KeptEvents kept(10, 6);
    kept.push(other("aa"));
    kept.push(other("bb"));
    EXPECT_EQ(texts(kept.push(other("cccc"))), Texts{"aa"});
    EXPECT_EQ(drain(kept), (Texts{"bb", "cccc"}));
}

TEST(KeptEvents, WhatIsTooLargeByItselfPushesNothingOut) {
    KeptEvents kept(10, 6);
    kept.push(frame("aa"));
    kept.push(other("bb"));
    EXPECT_EQ(texts(kept.push(other("1234567"))), Texts{"1234567"});
    EXPECT_EQ(texts(kept.push(frame("1234567"))), Texts{"1234567"});
    EXPECT_EQ(drain(kept), (Texts{"aa", "bb"}));
}

TEST(KeptEvents, WhatBeginsOrEndsARunGoesLast) {
    KeptEvents kept(2, 1000);
    kept.push(frame("created"));
    kept.push(other("a"));
    EXPECT_EQ(texts(kept.push(frame("completed"))), Texts{"a"});
    EXPECT_EQ(texts(kept.push(other("b"))), Texts{"b"});
    EXPECT_EQ(texts(kept.push(frame("created 2"))), Texts{"created"});
    EXPECT_EQ(drain(kept), (Texts{"completed", "created 2"}));
}

TEST(KeptEvents, TheirRunIdsCountToo) {
    KeptEvents kept(10, 6);
    EXPECT_EQ(kept.push({.run_id = "r1", .json = "12345"}).size(), 1u);
    EXPECT_TRUE(kept.push({.run_id = "r1", .json = "1234"}).empty());
}

}  // namespace
}  // namespace daybook::ledger
