#include "event/events.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace daybook::event {
namespace {

TEST(Events, EveryAlternativeOfPayloadHasItsOwnTypeName) {
    EXPECT_EQ(std::set<std::string_view>(kTypes.begin(), kTypes.end()).size(), kTypes.size());
    EXPECT_EQ(std::variant_size_v<Payload>, kTypes.size());
}

TEST(Events, TypeOfNamesTheAlternative) {
    EXPECT_EQ(type_of(RunStarted{}), "run.started");
    EXPECT_EQ(type_of(TrialRecorded{.trial_id = "t", .params = {{"stop", 0.05}}, .metrics = {}}),
              "trial.recorded");
}

TEST(Events, OnlyWhatARunIsLostWithoutIsDurableAgainstPowerLoss) {
    std::set<std::string_view> power;
    for (const std::string_view type : kTypes) {
        if (default_durability(type) == Durability::kPower) power.insert(type);
    }

    EXPECT_EQ(power, (std::set<std::string_view>{"artifact.created", "run.completed", "run.created",
                                                 "run.failed"}));
}

TEST(Events, TypesThatAreNotBuiltInAreWrittenAtProcessDurability) {
    EXPECT_EQ(default_durability("my.type"), Durability::kProcess);
}

TEST(Events, DurabilityByNameAndByPayloadAgree) {
    EXPECT_EQ(default_durability(Payload(RunFailed{.error = {.message = "m"}})),
              default_durability("run.failed"));
    EXPECT_EQ(default_durability(Payload(RunHeartbeat{})), default_durability("run.heartbeat"));
}

TEST(Events, ChoicesAreSpelledAsInTheLog) {
    EXPECT_EQ(to_string(TrialState::kComplete), "complete");
    EXPECT_EQ(to_string(TrialState::kPruned), "pruned");
    EXPECT_EQ(to_string(TrialState::kFailed), "failed");
}

}  // namespace
}  // namespace daybook::event
