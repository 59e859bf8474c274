// Writes a log of many events (tests/support/event_generator.h):
//
//     generate_events DIR [EVENTS=1000000] [SEED=1] [EVENTS_PER_RUN=1000] [EVENTS_PER_DAY=0]
//         [LIGHT=0]
#include <cstdio>
#include <cstdlib>

#include "support/event_generator.h"

int main(int argc, char** argv) {
    const auto number = [&](int position, std::int64_t otherwise) {
        return argc > position ? std::strtoll(argv[position], nullptr, 10) : otherwise;
    };
    daybook::testing::EventPlan plan;
    plan.seed = static_cast<std::uint64_t>(number(3, 1));
    plan.events_per_run = number(4, plan.events_per_run);
    plan.events_per_day = number(5, 0);
    plan.light = number(6, 0) != 0;
    if (argc < 2 || plan.events_per_run < daybook::testing::EventPlan::kEventsPerRunMin) {
        std::fprintf(stderr,
                     "usage: generate_events DIR [EVENTS=1000000] [SEED=1] [EVENTS_PER_RUN=1000] "
                     "[EVENTS_PER_DAY=0] [LIGHT=0]\na run has at least %lld events\n",
                     static_cast<long long>(daybook::testing::EventPlan::kEventsPerRunMin));
        return 2;
    }
    const daybook::Status status =
        daybook::testing::EventGenerator(argv[1], plan).write(number(2, 1'000'000));
    if (!status) {
        std::fprintf(stderr, "generate_events: %s\n", status.error().message().c_str());
        return 1;
    }
    return 0;
}
