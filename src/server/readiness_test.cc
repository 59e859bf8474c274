#include "server/readiness.h"

#include <gtest/gtest.h>

namespace daybook::server {
namespace {

using Names = std::vector<std::string>;

ReadinessFacts good() {
    ReadinessFacts facts{.disk_free_bytes = 1000};
    facts.stats.role = Role::kActive;
    facts.stats.indexed_once = true;
    facts.stats.generation = 7;
    return facts;
}

Names names(const ReadinessFacts& facts) {
    Names found;
    const ReadinessLimits limits{.lag_seconds_max = 60, .disk_free_bytes_min = 1000};
    for (const Reason& reason : reasons_not_ready(facts, limits)) found.push_back(reason.name);
    return found;
}

TEST(Readiness, HasNoReasonAgainstItAtTheLimits) {
    ReadinessFacts facts = good();
    facts.lag_seconds = 60;
    EXPECT_EQ(names(facts), Names{});
    facts.disk_free_bytes.reset();
    EXPECT_EQ(names(facts), Names{});
}

TEST(Readiness, EachReasonComesByItself) {
    const auto alone = [](auto change) {
        ReadinessFacts facts = good();
        change(facts);
        const Names found = names(facts);
        return found.size() == 1 ? found.front() : std::to_string(found.size());
    };
    EXPECT_EQ(alone([](auto& facts) { facts.stats.role = Role::kStopping; }), "stopping");
    EXPECT_EQ(alone([](auto& facts) { facts.stats.indexed_once = false; }), "starting");
    EXPECT_EQ(alone([](auto& facts) { facts.lag_seconds = 60.1; }), "index_lag");
    EXPECT_EQ(alone([](auto& facts) { facts.stats.build_error = "x"; }), "index_error");
    EXPECT_EQ(alone([](auto& facts) { facts.stats.lock_error = "x"; }), "lock_error");
    EXPECT_EQ(alone([](auto& facts) { facts.disk_free_bytes = 999; }), "disk_nearly_full");
    EXPECT_EQ(alone([](auto& facts) { facts.stats.open_damage = 1; }), "log_damaged");
}

TEST(Readiness, AStandbyOnlySaysThatItIsOne) {
    ReadinessFacts facts = good();
    facts.stats.role = Role::kStandby;
    facts.stats.indexed_once = false;
    facts.disk_free_bytes = 0;
    EXPECT_EQ(names(facts), Names{"standby"});
}

TEST(Readiness, IsADocument) {
    ReadinessFacts facts = good();
    EXPECT_EQ(encode_readiness(facts, {}),
              R"({"status":"ready","role":"active","reasons":[],"generation":7,)"
              R"("lag_seconds":0.000})");
    facts.lag_seconds = 1.5;
    EXPECT_EQ(encode_readiness(facts, {{"a", "say \"b\""}, {"c", "d"}}),
              R"({"status":"not_ready","role":"active","reasons":[)"
              R"({"name":"a","detail":"say \"b\""},{"name":"c","detail":"d"}],"generation":7,)"
              R"("lag_seconds":1.500})");
}

}  // namespace
}  // namespace daybook::server
