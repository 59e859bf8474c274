#include "event/run_id.h"

#include <gtest/gtest.h>

namespace daybook::event {
namespace {

TEST(RunId, SaysWhatAndWhen) {
    EXPECT_EQ(make_run_id("policy", TimestampMs(1'769'159'700'250), 0x5f1c9a2e),
              "policy-20260123-091500-5f1c9a2e");
    EXPECT_EQ(make_run_id("x", TimestampMs(0), 1), "x-19700101-000000-00000001");
}

}  // namespace
}  // namespace daybook::event
