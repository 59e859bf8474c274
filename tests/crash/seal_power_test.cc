// Whatever a power cut leaves of a sealing, no seal is there without the part that it is of, and
// what was reported as sealed is.

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/random.h"
#include "support/sim_crash.h"
#include "support/sim_log.h"
#include "support/sim_reading.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kStatesMax = 3'000;  // of one moment; where there are more, draws

TEST(SealPowerTest, APowerCutAtAnyMomentLeavesThePartWithItsSeal) {
    std::vector<Moment> moments;
    std::vector<Promise> promises;
    std::vector<SealedPart> sealed;
    {
        // Nothing of it was ever acknowledged at `power`, so no name is durable.
        SimLog log{SimTree()};
        ASSERT_TRUE(log.append(0, {{}}, Durability::kProcess));
        log.close(0);
        log.advance_ms(kDayMs + kSealAfterDayMs);
        log.keep_moments();
        ASSERT_TRUE(log.seal());
        moments = log.moments();
        moments.push_back(log.this_moment());
        promises = log.promises();
        sealed = log.sealed();
    }
    ASSERT_EQ(sealed.size(), 1U);
    SeededRandom random(1);
    for (const Moment& moment : moments) {
        const CrashSpace space(moment.tree);
        for (std::uint64_t i = 0; i < std::min(space.count(), kStatesMax); ++i) {
            const CrashSpace::Choice choice =
                space.count() <= kStatesMax ? space.nth(i) : space.draw(random);
            SimFs fs(space.apply(choice));
            const ScopedSimFs in_force(fs);
            ASSERT_EQ(check_promises(read_log(fs), {.events = &promises,
                                                    .moment = moment.number,
                                                    .power_cut = true,
                                                    .may_be_damaged = true,
                                                    .sealed = &sealed}),
                      "")
                << space.describe(choice);
        }
    }
}

}  // namespace
}  // namespace daybook::testing
