#include "ledger/seed_log.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::ledger {
namespace {

// As the seed system's tools write it.
std::string theirs(const std::string& digits, const std::string& more = "",
                   std::int64_t time = log::kNoon.value()) {
    return fmt::format(
        R"({{"event_type":"run.started","timestamp_ms":{},"run_id":"r{}"{},"event_id":"{}_{}"}})",
        time, digits, more, time, digits);
}
const std::string kA = theirs("0000000a");
const std::string kB = theirs("0000000b");

class SeedLogTest : public log::LogTest {
protected:
    SeedLogReport look() { return look_at_seed_log(LedgerDir(layout_.root()), log::kNoon).value(); }
    // "glued 0+10 problem", by offset.
    std::vector<std::string> found(const std::string& part) {
        put_part(1, part);
        std::vector<std::string> words;
        for (const VerifyFinding& finding : look().findings) {
            words.push_back(fmt::format("{} {}+{}{}", finding.kind, finding.offset, finding.length,
                                        finding.problem ? " problem" : ""));
        }
        return words;
    }
    void put_temporary(const std::string& bytes) {
        put_file(layout_.part_path(log::part_of_today(1)) + ".tmp", bytes);
    }
};
using Words = std::vector<std::string>;

TEST_F(SeedLogTest, AGoodOneIsCounted) {
    std::string ours = theirs("0000000c");
    ours.pop_back();
    log::append_trailer(ours, 0, log::Seq(1), log::Seq(0));
    put_part(1, kA + "\n" + kB + "\n" + ours);
    const SeedLogReport report = look();
    EXPECT_TRUE(report.findings.empty());
    EXPECT_EQ(report.events, 3u);
    EXPECT_EQ(report.foreign, 2u);
    EXPECT_EQ(report.seed_ids, 2u);
    EXPECT_EQ(report.types.at("run.started"), 3u);
}

TEST_F(SeedLogTest, WhatRacesLeaveIsToldByItsPlace) {
    const std::size_t a = kA.size();
    EXPECT_EQ(found(kA + kB + "\n"), (Words{fmt::format("glued 0+{} problem", 2 * a)}));
    EXPECT_EQ(found(kA.substr(0, 9) + kB + "\n"),
              (Words{fmt::format("glued 0+{} problem", a + 9)}));
    EXPECT_EQ(found(kA + "\n\n" + kB + "\n"), (Words{fmt::format("empty {}+0 problem", a + 1)}));
    EXPECT_EQ(found("{\"half\n" + kB + "\n"), (Words{"damaged 0+6 problem"}));
    EXPECT_EQ(found(kA + "\n" + kB), (Words{fmt::format("no_newline {}+{} problem", a + 1, a)}));
    EXPECT_EQ(found(kA + "\n" + kA + "\n"), (Words{fmt::format("copy {}+{}", a + 1, a)}));
}

TEST_F(SeedLogTest, WhatSomebodyHasToLookAtIsTold) {
    const auto one = [&](const std::string& line, const std::string& kind) {
        return Words{fmt::format("{} 0+{}", kind, line.size())} == found(line + "\n");
    };
    EXPECT_TRUE(one(theirs("0000000c", ",\"owner\":5"), "wrong_type"));
    EXPECT_TRUE(one(theirs("0000000c", "", log::kNoon.value() - kDayMs), "wrong_day"));
    std::string unknown = kA;
    unknown.replace(unknown.find("run.started"), 11, "run.strated");
    EXPECT_TRUE(one(unknown, "unknown_type"));
    std::string odd = kA;
    odd.replace(odd.find("_0000000a"), 9, "-and-more");
    EXPECT_TRUE(one(odd, "odd_id"));
    // On no day, and not alike although the difference of their times has no number.
    const Words odd_times =
        found(theirs("0000000c", "", INT64_MAX) + "\n" + theirs("0000000d", "", INT64_MIN) + "\n");
    EXPECT_EQ(std::count_if(odd_times.begin(), odd_times.end(),
                            [](const auto& word) { return word.starts_with("wrong_day"); }),
              2);
    EXPECT_TRUE(std::none_of(odd_times.begin(), odd_times.end(),
                             [](const auto& word) { return word.starts_with("look_alike"); }));
    const std::string nan = theirs("0000000c", ",\"x\":NaN");
    EXPECT_TRUE(one(nan, "nonfinite"));
    const std::string bad = theirs("0000000c", ",\"x\":nope");
    EXPECT_EQ(found(bad + "\n"), (Words{fmt::format("damaged 0+{} problem", bad.size())}));
    EXPECT_EQ(found("{\"a\":1}\n"), (Words{"not_an_event 0+7 problem"}));
}

TEST_F(SeedLogTest, AnEmitterThatTriedAgainIsSuspected) {
    std::string again = theirs("0000000a", "", log::kNoon.value() + 3'000);
    again.replace(again.find("_0000000a"), 9, "_0000000c");
    EXPECT_EQ(found(kA + "\n" + again + "\n"),
              (Words{fmt::format("look_alike {}+{}", kA.size() + 1, again.size())}));
    const std::string changed = theirs("0000000a", ",\"x\":1");
    EXPECT_EQ(found(kA + "\n" + changed + "\n"),
              (Words{fmt::format("conflicting {}+{} problem", kA.size() + 1, changed.size())}));
}

TEST_F(SeedLogTest, ALeftOverFileIsAProblemIfAnEventIsOnlyThere) {
    put_part(1, kA + "\n");
    put_temporary(kA + "\n" + kB + "\n");
    const auto minutes_ago =
        std::filesystem::file_time_type::clock::now() - std::chrono::minutes(2);
    const std::string path = layout_.part_path(log::part_of_today(1)) + ".tmp";
    EXPECT_FALSE(look().findings.at(0).problem);  // It may still be in use.
    std::filesystem::last_write_time(path, minutes_ago);
    const SeedLogReport report = look();
    EXPECT_EQ(report.recoverable, 1u);
    EXPECT_EQ(report.findings.at(0).kind, "temporary");
    EXPECT_TRUE(report.findings.at(0).problem);
    EXPECT_EQ(report.findings.at(0).file, path);
    put_temporary(kA + "\n");
    std::filesystem::last_write_time(path, minutes_ago);
    EXPECT_FALSE(look().findings.at(0).problem);
}

TEST_F(SeedLogTest, WhatNobodyReadsIsTold) {
    put_part(1, kA + "\n");
    put_file(layout_.part_path(log::part_of_today(2)) + ".gz", "x");
    put_file(layout_.day_dir(log::part_of_today(2).day) + "/.hidden", "x");
    std::filesystem::create_directories(layout_.events_dir() + "/2026-01-08");
    const SeedLogReport report = look();
    EXPECT_EQ(report.problems, 2U);
    Words files;
    for (const VerifyFinding& finding : report.findings) {
        EXPECT_EQ(finding.kind, "unread");
        if (finding.problem) files.push_back(finding.file.substr(finding.file.rfind('/') + 1));
    }
    std::sort(files.begin(), files.end());
    EXPECT_EQ(files, (Words{"2026-01-08", "part-000002.jsonl.gz"}));
}

TEST_F(SeedLogTest, WhatIsNoProblemIsListedOnlyAtFirst) {
    std::string part;
    for (int i = 0; i < 150; ++i) {
        std::string line = theirs(fmt::format("{:08x}", i));
        line.replace(line.find("run.started"), 11, "run.strated");
        part += line + "\n";
    }
    put_part(1, part + "{\"half\n");
    const SeedLogReport report = look();
    EXPECT_EQ(report.findings.size(), kFindingsKeptMax + 1);
    EXPECT_EQ(report.findings.back().kind, "damaged");
    using Counts = std::map<std::string, std::uint64_t>;
    EXPECT_EQ(report.left_out, (Counts{{"unknown_type", 50}}));
}

// Twice at most, once for what is damaged and once for copies, and the progress says so.
TEST_F(SeedLogTest, TheProgressGoesOnToItsEnd) {
    std::string part;
    for (int i = 0; i < 70'000; ++i) part += theirs(fmt::format("{:08x}", (i * 7) % 70'000)) + "\n";
    put_part(1, part);
    std::uint64_t last = 0;
    std::vector<std::uint64_t> steps;
    const SeedLogProgress watch = [&](std::uint64_t done, std::uint64_t total) {
        EXPECT_EQ(total, 2 * part.size());
        EXPECT_GE(done, last);
        EXPECT_LE(done, total);
        last = done;
        steps.push_back(done);
        return true;
    };
    ASSERT_TRUE(look_at_seed_log(LedgerDir(layout_.root()), log::kNoon, watch));
    ASSERT_EQ(steps.size(), 2u) << "65,536 lines are a step";
    EXPECT_LT(steps[0], part.size());
    EXPECT_GT(steps[1], part.size());
    const auto stopped =
        look_at_seed_log(LedgerDir(layout_.root()), log::kNoon,
                         [&](std::uint64_t done, std::uint64_t) { return done < part.size(); });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    EXPECT_TRUE(stopped.error().message().starts_with("adopt "));
}

}  // namespace
}  // namespace daybook::ledger
