#include "capture/process_state.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "os/process.h"

namespace daybook::capture {
namespace {

TEST(ProcessState, IsThisProcessWithItsVariables) {
    const ProcessState state({{"TZ", "UTC"}, {"HOME", "/root"}, {"SLURM_JWT", "x"}});
    const Field versions[] = {{"python", "3.11.7"}};
    const event::Environment environment = state.environment(std::span<const Field>(versions));
    EXPECT_EQ(environment.host, os::host_name());
    EXPECT_EQ(environment.cwd, os::working_directory());
    ASSERT_FALSE(environment.argv.empty());
    EXPECT_NE(environment.argv[0].find("daybook_capture_test"), std::string::npos);
    ASSERT_TRUE(environment.variables.has_value());
    ASSERT_EQ(environment.variables->size(), 1U);
    EXPECT_EQ(environment.variables->begin()->name, "TZ");
    EXPECT_EQ(environment.versions->begin()->name, "python");
}

TEST(ProcessState, ArgumentsAreMaskedAndUtf8) {
    const std::string_view arguments[] = {"train", "--api-key", "hunter2", "a\xFF"};
    const ProcessState state({}, arguments);
    const event::Environment environment = state.environment();
    const std::vector<std::string_view> expected = {"train", "--api-key", "***", "a\\xff"};
    EXPECT_TRUE(std::equal(environment.argv.begin(), environment.argv.end(), expected.begin(),
                           expected.end()));
    EXPECT_FALSE(environment.variables.has_value());
    EXPECT_FALSE(environment.versions.has_value());
}

}  // namespace
}  // namespace daybook::capture
