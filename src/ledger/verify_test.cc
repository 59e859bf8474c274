#include "ledger/verify.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/calendar.h"
#include "base/clock.h"
#include "daybook/ledger.h"
#include "ledger/sealer.h"
#include "os/file.h"
#include "support/log_lines.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

class VerifyTest : public ::testing::Test {
protected:
    // Four events of one run.
    void record() {
        Result<Ledger> ledger = Ledger::open(root_);
        Result<daybook::Run> run = ledger->start_run({.type = "policy", .run_id = "r1"});
        ASSERT_TRUE(run->record_trial("t", {}, {{"sharpe", 1}}).has_value());
        ASSERT_TRUE(run->complete().has_value());
    }
    std::string part() const {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ + "/events")) {
            if (entry.path().extension() == ".jsonl") return entry.path();
        }
        return "";
    }
    std::string read() const {
        std::ifstream file(part(), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& content) const {
        std::ofstream(part(), std::ios::binary) << content;
    }
    std::vector<std::string> kinds() const {
        const Result<VerifyReport> report = verify(LedgerDir(root_));
        std::vector<std::string> kinds;
        for (const VerifyFinding& finding : report->findings) kinds.push_back(finding.kind);
        return kinds;
    }
    VerifyReport report() const { return *verify(LedgerDir(root_)); }

    testing::TempDir temp_;
    std::string root_ = temp_ / "ledger";
};

using Kinds = std::vector<std::string>;

TEST_F(VerifyTest, WhatWasRecordedIsClean) {
    record();
    const VerifyReport found = report();
    EXPECT_TRUE(found.clean());
    EXPECT_EQ(found.events, 4u);
    EXPECT_EQ(found.parts, 1u);
    EXPECT_EQ(found.bytes, read().size());
    EXPECT_EQ(found.foreign, 0u);
}

TEST_F(VerifyTest, WhereThereIsNoLedgerItCannotLook) {
    EXPECT_EQ(verify(LedgerDir(root_)).error().code(), ErrorCode::kNotFound);
}

TEST_F(VerifyTest, EveryFlippedByteIsFoundInItsLine) {
    record();
    const std::string good = read();
    for (std::size_t i = 0; i < good.size(); ++i) {
        SCOPED_TRACE(i);
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        write(bad);
        const VerifyReport found = report();
        ASSERT_FALSE(found.findings.empty());
        // The line's own start, or that of the line whose newline it was.
        const std::size_t line_start = i == 0 ? 0 : good.rfind('\n', i - 1) + 1;
        EXPECT_EQ(found.findings[0].offset, line_start);
        EXPECT_EQ(found.findings[0].file, part());
        // The newline at the very end makes the last line an unfinished one.
        EXPECT_EQ(found.clean(), i + 1 == good.size());
        EXPECT_GE(found.events, i + 1 < good.size() && good[i] == '\n' ? 2u : 3u);
    }
}

TEST_F(VerifyTest, EveryRemovedLineIsMissedUnlessItWasTheLast) {
    record();
    const std::vector<std::string> lines = testing::log_lines(root_);
    for (std::size_t removed = 0; removed + 1 < lines.size(); ++removed) {
        SCOPED_TRACE(removed);
        std::string rest;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (i != removed) rest += lines[i] + "\n";
        }
        write(rest);
        ASSERT_EQ(report().findings.size(), 1u);
        // Only run.created was synced, and the second line says so.
        EXPECT_EQ(kinds(), Kinds{removed == 0 ? "lost" : "missing"});
    }
}

TEST_F(VerifyTest, AnUnfinishedLineIsNoProblem) {
    record();
    const std::string good = read();
    write(good + "{\"event_type\":\"run.st");
    EXPECT_EQ(kinds(), Kinds{"torn"});
    EXPECT_TRUE(report().clean());
}

TEST_F(VerifyTest, CopiesAreCountedAndConflictsFound) {
    record();
    const std::string id = "1769126400000_0a1b2c3d";
    const std::string event = R"({"event_type":"run.started","event_id":")" + id +
                              R"(","timestamp_ms":1769126400000,"run_id":"r2")";
    const std::string good = read();
    write(good + event + "}\n" + event + "}\n");
    EXPECT_EQ(report().copies, 1u);
    EXPECT_EQ(report().foreign, 2u);
    EXPECT_TRUE(report().clean());
    write(good + event + "}\n" + event + ",\"attempt\":2}\n");
    EXPECT_EQ(kinds(), Kinds{"conflicting"});
}

TEST_F(VerifyTest, AForeignLineThatIsNoEventIsAProblem) {
    record();
    write(read() + "{\"hello\":1}\n");
    EXPECT_EQ(kinds(), Kinds{"not_an_event"});
    EXPECT_FALSE(report().clean());
}

TEST_F(VerifyTest, ALogWithoutLedgerJsonIsRead) {
    record();
    std::filesystem::remove(root_ + "/ledger.json");
    EXPECT_EQ(report().events, 4u);
}

// One archived part, of which a retention takes the first line once it has been listed.
class ReducedMeanwhile : public log::ArchivedParts {
public:
    ReducedMeanwhile(const log::PartId& part, std::string whole, std::string left)
        : part_(part), whole_(std::move(whole)), left_(std::move(left)) {}

    Result<std::vector<log::PartInfo>> list() const override {
        return std::vector<log::PartInfo>{
            {.id = part_, .size = ByteOffset(whole_.size()), .sealed = true, .archived = true}};
    }
    Result<log::OpenPart> open(const log::PartId& /*part*/) const override {
        ASSIGN_OR_RETURN(os::UniqueFd fd, os::anonymous_file("left"));
        RETURN_IF_ERROR(os::write_anonymous(fd.get(), ByteOffset(0), left_));
        return log::OpenPart{.fd = std::move(fd),
                             .path = "left",
                             .archived = true,
                             .removed = {{.at = ByteOffset(0),
                                          .length = whole_.size() - left_.size(),
                                          .lines = 1,
                                          .first = log::Seq(1),
                                          .last = log::Seq(1)}}};
    }
    Result<std::optional<log::PartEnds>> ends(const log::PartId& /*part*/) const override {
        return std::nullopt;
    }

private:
    log::PartId part_;
    std::string whole_;
    std::string left_;
};

TEST_F(VerifyTest, APartThatARetentionReducesMeanwhileRaisesNoAlarm) {
    const LedgerDir dir(root_);
    const log::PartId part{.day = Day(20476), .number = log::PartNumber(1)};
    const ManualClock a_year_later(start_of(part.day + 365));
    record();
    const std::string whole = read();
    std::filesystem::remove_all(root_ + "/events");
    std::filesystem::create_directories(root_ + "/events/day=2026-01-23");
    std::ofstream(dir.layout().part_path(part), std::ios::binary) << whole;
    testing::value_of(seal_parts(dir, {.clock = &a_year_later}));
    std::filesystem::remove(dir.layout().part_path(part));
    const auto archives =
        std::make_shared<const ReducedMeanwhile>(part, whole, whole.substr(whole.find('\n') + 1));
    const VerifyReport found = *verify(dir, {.deep = true, .archives = archives});
    EXPECT_TRUE(found.clean()) << found.findings.at(0).kind << found.findings.at(0).detail;
    EXPECT_EQ(found.events, 3U);
}

}  // namespace
}  // namespace daybook::ledger
