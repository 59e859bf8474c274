#include "cli/maintenance_flags.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

// What the flags come to; the error's message if they are refused.
std::string parsed(const std::vector<std::string>& arguments) {
    CLI::App app;
    MaintenanceFlags flags;
    flags.declare(app);
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
    const auto options = flags.parse();
    if (!options) return options.error().message();
    return fmt::format("{} {} {} {} {}", options->tasks.archive_after_ms,
                       options->pace.bytes_per_second, options->pace.time_share,
                       options->pace.pause_above, options->period_seconds);
}

TEST(MaintenanceFlags, TheDefaultsAreThoseOfTheDaemon) {
    const server::MaintenanceOptions options;
    EXPECT_EQ(
        parsed({"--maintain"}),
        fmt::format("{} {} {} {} {}", options.tasks.archive_after_ms, options.pace.bytes_per_second,
                    options.pace.time_share, options.pace.pause_above, options.period_seconds));
}

TEST(MaintenanceFlags, EachIsRead) {
    EXPECT_EQ(
        parsed({"--maintain", "--archive-after", "1d", "--maintain-io", "20MB/s", "--maintain-cpu",
                "25%", "--maintain-pause", "off", "--maintain-interval", "60"}),
        "86400000 20000000 0.25 0 60");
    EXPECT_EQ(parsed({"--maintain", "--maintain-io", "off"}), "604800000 0 0.5 4000000 3600");
}

TEST(MaintenanceFlags, WhatIsNotUnderstoodIsNamed) {
    EXPECT_EQ(parsed({"--maintain", "--maintain-io", "0MB/s"}),
              "--maintain-io: found '0MB/s', expected bytes a second such as 20MB/s, or off");
    EXPECT_EQ(parsed({"--maintain", "--maintain-cpu", "101%"}),
              "--maintain-cpu: found '101%', expected a share of the time from 1% to 100%, such as "
              "25%");
    EXPECT_EQ(parsed({"--maintain", "--maintain-pause", "fast"}),
              "--maintain-pause: found 'fast', expected bytes a second such as 20MB/s, or off");
}

TEST(MaintenanceFlags, WithoutMaintenanceTheyWouldSayNothing) {
    for (const char* flag : {"--archive-after", "--maintain-io", "--maintain-cpu",
                             "--maintain-pause", "--maintain-interval"}) {
        EXPECT_NE(parsed({flag, "1"}).find("requires --maintain"), std::string::npos) << flag;
    }
}

}  // namespace
}  // namespace daybook::cli
