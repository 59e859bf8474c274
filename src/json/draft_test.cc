#include "json/draft.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

event::EventId some_id() { return event::EventIdGenerator(1).next(TimestampMs(1769126400000)); }

TEST(Draft, HolesAreFilledInPlace) {
    std::string line = "earlier\n";
    const std::size_t begin = line.size();
    const Draft draft = append_envelope(line, "run.started", "r1", 1);
    const std::size_t size = line.size();

    fill(line, begin, draft, some_id(), TimestampMs(1769126400000));

    EXPECT_EQ(line.size(), size);
    EXPECT_EQ(line, "earlier\n{\"event_type\":\"run.started\",\"event_id\":\"" +
                        some_id().to_string() +
                        "\",\"timestamp_ms\":1769126400000,\"run_id\":\"r1\"");
}

TEST(Draft, TimesOfOtherLengthsMoveWhatFollows) {
    for (const std::int64_t ms :
         {std::int64_t{0}, std::int64_t{999}, std::int64_t{253402300799999}}) {
        std::string line;
        const Draft draft = append_envelope(line, "run.started", "r1", 1);
        fill(line, 0, draft, some_id(), TimestampMs(ms));
        EXPECT_EQ(line, "{\"event_type\":\"run.started\",\"event_id\":\"" + some_id().to_string() +
                            "\",\"timestamp_ms\":" + std::to_string(ms) + ",\"run_id\":\"r1\"");
    }
}

TEST(Draft, AnIdThatSomebodyElseMadeMayHaveAnotherLength) {
    std::string line;
    const Draft draft = append_envelope(line, "run.started", "r1", 1);
    fill(line, 0, draft, "1769126400000_0a1b2c3d", TimestampMs(1769126400000));
    EXPECT_EQ(line,
              "{\"event_type\":\"run.started\",\"event_id\":\"1769126400000_0a1b2c3d\","
              "\"timestamp_ms\":1769126400000,\"run_id\":\"r1\"");
}

TEST(Draft, AVersionThatIsNotOneIsWritten) {
    std::string line;
    append_envelope(line, "trade.filled", "r\"1", 2);
    EXPECT_TRUE(line.ends_with(R"("run_id":"r\"1","schema_version":2)")) << line;
}

}  // namespace
}  // namespace daybook::json
