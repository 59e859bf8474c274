#include "ledger/verify_seals.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/part_survey.h"
#include "ledger/sealer.h"
#include "ledger/test_seals.h"
#include "ledger/verify.h"

namespace daybook::ledger {
namespace {

class VerifySealsTest : public SealsTest {
protected:
    void SetUp() override {
        put(dir_.manifest_path(), R"({"format":1,"ledger_id":"the-id"})");
        for (std::uint32_t i = 1; i <= 3; ++i) {
            put_part(part_of(i),
                     event_line(fmt::format("{}a", i), 1) + event_line(fmt::format("{}b", i), 2));
        }
        ASSERT_EQ(seal_parts(dir_, {.clock = &clock_})->parts.size(), 3U);
    }
    VerifyReport report(const VerifyOptions& options = {}) { return verify(dir_, options).value(); }
    // "grown part-000002 200+5": kind, part, offset and length.
    std::vector<std::string> findings(const VerifyOptions& options = {}) {
        std::vector<std::string> found;
        for (const VerifyFinding& finding : report(options).findings) {
            found.push_back(fmt::format("{} {} {}+{}", finding.kind,
                                        finding.part.empty() ? "-" : finding.part.substr(15),
                                        finding.offset, finding.length));
        }
        return found;
    }
    std::string path(std::uint32_t number) { return layout().part_path(part_of(number)); }
    VerifyOptions::Signed signed_now() {
        return {.head = sign_head(dir_, key_, clock_).value(),
                .path = "head.json",
                .public_key = public_key_};
    }

    ManualClock clock_{kNextMorning};
    const KeyPairPem pem_ = new_key_pair().value();
    const SigningKey key_ = SigningKey::parse(pem_.private_key, "k").value();
    const std::string public_key_ = parse_public_key(pem_.public_key, "k").value();
};

using Strings = std::vector<std::string>;

TEST_F(VerifySealsTest, WhatIsAsItWasSealedIsClean) {
    EXPECT_EQ(findings({.deep = true}), Strings{});
    EXPECT_EQ(report().seals, 3U);
}

TEST_F(VerifySealsTest, ASealedPartThatGrewOrShrankIsFound) {
    const std::string good = read(path(2));
    put_part(part_of(2), good + event_line("2c", 3));
    EXPECT_EQ(findings(), Strings{fmt::format("grown part-000002 {}+{}", good.size(),
                                              event_line("2c", 3).size())});
    const std::string first = event_line("2a", 1);
    put_part(part_of(2), first);
    EXPECT_EQ(findings(), Strings{fmt::format("shrunk part-000002 {}+{}", first.size(),
                                              good.size() - first.size())});
}

// Every line verifies, and still it is not what was sealed.
TEST_F(VerifySealsTest, ASealedPartThatWasWrittenAnewIsFound) {
    put_part(part_of(2), event_line("2a", 1) + event_line("2c", 2));
    EXPECT_EQ(findings(), Strings{"changed part-000002 0+0"});
}

TEST_F(VerifySealsTest, WhatIsNoSealIsFoundAndMissedByTheNextOne) {
    put(layout().seal_path(part_of(2)), "");
    EXPECT_EQ(findings(),
              (Strings{"seal_unreadable part-000002 0+0", "seal_missing part-000003 0+0"}));
}

TEST_F(VerifySealsTest, OnlyDeepSeesAChangeThatKeepsSizeIdsAndTimes) {
    ASSERT_TRUE(os::remove_tree(dir_.root()));
    put_part(part_of(1), event_line("a", 1, ",\"x\":1") + event_line("b", 2));
    ASSERT_TRUE(seal_parts(dir_, {.clock = &clock_}));
    put_part(part_of(1), event_line("a", 1, ",\"x\":2") + event_line("b", 2));
    EXPECT_EQ(findings(), Strings{});
    EXPECT_EQ(findings({.deep = true}), Strings{"changed part-000001 0+0"});
    EXPECT_NE(report({.deep = true}).findings.at(0).detail.find("its SHA-256 is"),
              std::string::npos);
}

// In place of an archive: the part's file under another name.
class MovedPart final : public log::ArchivedParts {
public:
    MovedPart(log::PartInfo part, std::string path) : part_(part), path_(std::move(path)) {}

    Result<std::vector<log::PartInfo>> list() const override { return std::vector{part_}; }
    Result<log::OpenPart> open(const log::PartId&) const override {
        ASSIGN_OR_RETURN(os::UniqueFd fd, os::open_fd(path_, O_RDONLY));
        return log::OpenPart{.fd = std::move(fd), .path = path_, .archived = true};
    }
    Result<std::optional<log::PartEnds>> ends(const log::PartId&) const override {
        return std::nullopt;
    }

private:
    log::PartInfo part_;
    std::string path_;
};

TEST_F(VerifySealsTest, ASealedPartThatHasGoneIsMissedUnlessItIsArchived) {
    const auto size = read(path(1)).size();
    const std::string elsewhere = dir_.root() + "/moved";
    ASSERT_TRUE(os::rename(path(1), elsewhere));
    EXPECT_EQ(findings(), Strings{fmt::format("part_missing part-000001 0+{}", size)});
    EXPECT_EQ(findings({.deep = true}), findings());
    const log::PartInfo moved{.id = part_of(1), .size = ByteOffset(size), .archived = true};
    const VerifyOptions archived{.deep = true,
                                 .archives = std::make_shared<MovedPart>(moved, elsewhere)};
    EXPECT_EQ(findings(archived), Strings{});
}

TEST_F(VerifySealsTest, APartThatTheTrashHasIsMissedWithWhereItIs) {
    const std::string entry = dir_.trash_dir() + "/20260201T000000.000Z";
    ASSERT_TRUE(os::make_dirs(log::Layout(entry).day_dir(kSealDay)));
    ASSERT_TRUE(os::rename(path(1), log::Layout(entry).part_path(part_of(1))));
    const VerifyReport report = verify(dir_).value();
    ASSERT_EQ(report.problems, 1U);
    EXPECT_TRUE(report.findings[0].detail.ends_with(
        "; trash/20260201T000000.000Z has it, and 'daybook archive' puts it back"))
        << report.findings[0].detail;
}

TEST_F(VerifySealsTest, NumbersThatNobodyHasAreMissedBelowASealedOne) {
    for (const std::uint32_t number : {6U, 9U}) put_part(part_of(number), event_line("z", 1));
    ASSERT_TRUE(seal_parts(dir_, {.part = part_of(6), .clock = &clock_}));
    EXPECT_EQ(findings().at(0), "part_missing part-000004 0+0");
    EXPECT_NE(report().findings.at(0).detail.find("numbers 4 to 5"), std::string::npos);
    // 7 and 8 are above the last sealed one: there may be another reason.
    for (const std::string& finding : findings()) {
        EXPECT_EQ(finding.find("part-000007"), std::string::npos) << finding;
    }
}

TEST_F(VerifySealsTest, ARemovedSealIsMissed) {
    ASSERT_TRUE(os::remove_file(layout().seal_path(part_of(2))));
    EXPECT_EQ(findings(), Strings{"seal_missing part-000003 0+0"});
    EXPECT_EQ(report().findings.at(0).file, layout().seal_path(part_of(3)));
    ASSERT_TRUE(os::remove_file(layout().seal_path(part_of(3))));
    EXPECT_EQ(findings(), Strings{"head_wrong part-000003 0+0"});
    EXPECT_EQ(report().findings.at(0).file, layout().head_path());
}

TEST_F(VerifySealsTest, AHeadThatIsBehindIsNoProblem) {
    const StoredSeal first = read_seals(layout())->seals.at(1);
    put_head(part_of(2), first.sha256);
    EXPECT_EQ(findings(), Strings{"head_behind part-000003 0+0"});
    EXPECT_TRUE(report().clean());
    ASSERT_TRUE(os::remove_file(layout().head_path()));
    EXPECT_EQ(findings(), Strings{"head_wrong - 0+0"});
}

TEST_F(VerifySealsTest, ABadPartsSealSaysWhyItMayDiffer) {
    ASSERT_TRUE(os::remove_tree(dir_.root()));
    put_part(part_of(1), event_line("a", 1));
    put(layout().bad_path(part_of(1)), "");
    ASSERT_TRUE(seal_parts(dir_, {.clock = &clock_}));
    EXPECT_EQ(findings(), Strings{"sync_failed part-000001 0+0"});
    put_part(part_of(1), "");
    EXPECT_EQ(findings(),
              (Strings{fmt::format("shrunk part-000001 0+{}", event_line("a", 1).size()),
                       "sync_failed part-000001 0+0"}));
    EXPECT_TRUE(
        report().findings.at(0).detail.ends_with("; a sync of it had failed before it was sealed"));
}

// Seals come, and the head moves, while verify reads the one and then the other.
TEST_F(VerifySealsTest, BesideASealerThereIsNoProblem) {
    std::atomic<bool> stop{false};
    std::thread sealer([&] {
        for (std::uint32_t number = 4; number <= 60; ++number) {
            // Whole at once, as a writer that holds its lock would have it.
            const std::string unnamed = dir_.root() + "/part";
            EXPECT_TRUE(os::write_file_atomic(unnamed, event_line(std::to_string(number), 1)));
            EXPECT_TRUE(os::rename(unnamed, path(number)));
            EXPECT_TRUE(seal_parts(dir_, {.clock = &clock_}));
        }
        stop = true;
    });
    int looks = 0;
    for (bool last = false; !last; ++looks) {
        last = stop;
        for (const VerifyFinding& finding : report({.deep = true}).findings) {
            EXPECT_FALSE(finding.problem) << finding.kind << ": " << finding.detail;
        }
    }
    sealer.join();
    EXPECT_GE(looks, 2);
    EXPECT_EQ(report().seals, 60U);
}

TEST_F(VerifySealsTest, ASignedHeadHoldsWhileTheChainGrows) {
    const VerifyOptions options{.signed_head = signed_now()};
    EXPECT_EQ(findings(options), Strings{});
    put_part(part_of(4), event_line("4a", 1));
    ASSERT_TRUE(seal_parts(dir_, {.clock = &clock_}));
    EXPECT_EQ(findings(options), Strings{});
}

// Whoever can write the seals can make a chain as good as the old one; but not the old one.
TEST_F(VerifySealsTest, HistoryThatIsWrittenAnewIsSeenByTheSignedHead) {
    const VerifyOptions options{.signed_head = signed_now()};
    for (std::uint32_t i = 1; i <= 3; ++i) {
        ASSERT_TRUE(os::remove_file(layout().seal_path(part_of(i))));
    }
    ASSERT_TRUE(os::remove_file(layout().head_path()));
    ASSERT_TRUE(os::remove_file(path(3)));
    ASSERT_TRUE(seal_parts(dir_, {.clock = &clock_}));
    EXPECT_EQ(findings(), Strings{}) << "without the signed head nothing is to be seen";
    EXPECT_EQ(findings(options), Strings{"history_changed part-000003 0+0"});
    EXPECT_EQ(report(options).findings.at(0).file, "head.json");
}

TEST_F(VerifySealsTest, ASignatureOfAnotherKeyOrLedgerIsFound) {
    VerifyOptions::Signed expected = signed_now();
    expected.head.seals = 1;
    EXPECT_EQ(findings({.signed_head = expected}), Strings{"signature_invalid part-000003 0+0"});
    expected = signed_now();
    expected.public_key = *parse_public_key(new_key_pair()->public_key, "k");
    EXPECT_EQ(findings({.signed_head = expected}), Strings{"signature_invalid part-000003 0+0"});
    expected = signed_now();
    put(dir_.manifest_path(), R"({"format":1,"ledger_id":"another"})");
    EXPECT_EQ(findings({.signed_head = expected}), Strings{"other_ledger part-000003 0+0"});
    ASSERT_TRUE(os::remove_file(dir_.manifest_path()));
    EXPECT_EQ(findings({.signed_head = expected}), Strings{"other_ledger part-000003 0+0"});
}

}  // namespace
}  // namespace daybook::ledger
