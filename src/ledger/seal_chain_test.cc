#include "ledger/seal_chain.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/test_seals.h"

namespace daybook::ledger {
namespace {

class SealChainTest : public SealsTest {
protected:
    // Seals of parts 1 to `count` in a chain, and a head that names the last.
    void chain_of(std::uint32_t count) {
        for (std::uint32_t i = 1; i <= count; ++i) hashes_.push_back(put_seal(part_of(i)));
        put_head(part_of(count), hashes_.back());
    }
    void remove(const std::string& path) { ASSERT_TRUE(os::remove_file(path)); }

    SealFiles files() { return read_seals(layout()).value(); }
    // "seal_missing part-000003": kind and whose seal shows it.
    std::vector<std::string> problems() {
        std::vector<std::string> found;
        for (const ChainProblem& problem : examine_chain(files(), layout()).problems) {
            found.push_back(problem.kind + (problem.in_head ? " head" : "") +
                            (problem.part ? to_string(*problem.part).substr(14) : ""));
        }
        return found;
    }
    std::vector<std::uint32_t> order() {
        const SealFiles found = files();
        std::vector<std::uint32_t> numbers;
        for (const std::size_t index : examine_chain(found, layout()).order) {
            numbers.push_back(found.seals[index].part.number.value());
        }
        return numbers;
    }
    std::string end() {
        const Result<ChainEnd> found = chain_end(files(), layout());
        if (!found) return found.error().message();
        if (!found->newest) return "nothing";
        return to_string(found->newest->part) + (found->head_is_behind ? " behind" : "");
    }

    std::vector<std::string> hashes_;
};

using Strings = std::vector<std::string>;
using Numbers = std::vector<std::uint32_t>;

TEST_F(SealChainTest, ALedgerWithoutSealsHasNoChain) {
    EXPECT_EQ(problems(), Strings{});
    EXPECT_EQ(order(), Numbers{});
    EXPECT_EQ(end(), "nothing");
}

TEST_F(SealChainTest, AWholeChainEndsWhereTheHeadSays) {
    chain_of(4);
    EXPECT_EQ(problems(), Strings{});
    EXPECT_EQ(order(), (Numbers{1, 2, 3, 4}));
    EXPECT_EQ(end(), "day=2026-01-23/part-000004");
}

TEST_F(SealChainTest, TheOrderIsThatOfSealingNotOfNames) {
    put_seal(part_of(3));
    put_seal(part_of(1));
    put_head(part_of(2), put_seal(part_of(2)));
    EXPECT_EQ(problems(), Strings{});
    EXPECT_EQ(order(), (Numbers{3, 1, 2}));
}

TEST_F(SealChainTest, AHeadThatIsOneBehindIsNoProblem) {
    chain_of(2);
    put_seal(part_of(3));
    EXPECT_EQ(problems(), Strings{"head_behind head/part-000003"});
    EXPECT_FALSE(examine_chain(files(), layout()).problems.at(0).is_problem());
    EXPECT_EQ(order(), (Numbers{1, 2, 3}));
    EXPECT_EQ(end(), "day=2026-01-23/part-000003 behind");
}

TEST_F(SealChainTest, TheFirstSealMayBeThereBeforeAHead) {
    put_seal(part_of(1));
    EXPECT_EQ(problems(), Strings{"head_behind head/part-000001"});
    EXPECT_EQ(end(), "day=2026-01-23/part-000001 behind");
}

TEST_F(SealChainTest, ARemovedSealIsMissedByTheOneAfterIt) {
    chain_of(4);
    for (std::uint32_t i = 1; i < 4; ++i) {
        const std::string text = read(layout().seal_path(part_of(i)));
        remove(layout().seal_path(part_of(i)));
        EXPECT_EQ(problems(), Strings{fmt::format("seal_missing/part-{:06}", i + 1)});
        // Sealing goes on from the head: what is missing before it is for verify to tell.
        EXPECT_EQ(end(), "day=2026-01-23/part-000004");
        put(layout().seal_path(part_of(i)), text);
    }
    EXPECT_EQ(problems(), Strings{});
}

TEST_F(SealChainTest, AChangedSealIsToldByTheOneAfterIt) {
    chain_of(3);
    Seal seal = files().seals.at(1).seal;
    seal.facts.bytes = 1;
    put(layout().seal_path(part_of(2)), encode_seal(seal));
    EXPECT_EQ(problems(), Strings{"seal_missing/part-000003"});
    EXPECT_NE(
        examine_chain(files(), layout()).problems.at(0).detail.find("day=2026-01-23/part-000002"),
        std::string::npos);
}

TEST_F(SealChainTest, TheNewestSealIsGuardedByTheHead) {
    chain_of(3);
    Seal seal = files().seals.at(2).seal;
    seal.facts.bytes = 1;
    put(layout().seal_path(part_of(3)), encode_seal(seal));
    EXPECT_EQ(problems(), Strings{"head_wrong head/part-000003"});
    EXPECT_NE(end().find("it names day=2026-01-23/part-000003 with the SHA-256 " + hashes_[2]),
              std::string::npos)
        << end();
    remove(layout().seal_path(part_of(3)));
    EXPECT_EQ(problems(), Strings{"head_wrong head/part-000003"});
    EXPECT_NE(end().find("which has no seal that can be read"), std::string::npos) << end();
    EXPECT_EQ(order(), (Numbers{1, 2}));
}

TEST_F(SealChainTest, AHeadThatIsMoreThanOneBehindIsWrong) {
    chain_of(3);
    put_head(part_of(1), hashes_[0]);
    EXPECT_EQ(problems(), Strings{"head_wrong head/part-000001"});
    EXPECT_NE(end().find("more than one seal follows"), std::string::npos) << end();
}

TEST_F(SealChainTest, AHeadThatHasGoneIsMissed) {
    chain_of(3);
    remove(layout().head_path());
    EXPECT_EQ(problems().at(0), "head_wrong head");
    EXPECT_NE(end().find("there is no head, but there are 3 seals"), std::string::npos) << end();
    EXPECT_EQ(order(), (Numbers{1, 2, 3}));
}

TEST_F(SealChainTest, AHeadThatCannotBeReadIsWrong) {
    chain_of(2);
    put(layout().head_path(), "{}");
    EXPECT_EQ(problems().size(), 1U);
    EXPECT_NE(end().find("field `part` of the head: found nothing"), std::string::npos) << end();
    put(layout().head_path(), std::string(kSealBytesMax + 1, 'x'));
    EXPECT_EQ(problems().size(), 1U);
}

TEST_F(SealChainTest, TwoSealsAfterOneAreAFork) {
    chain_of(2);
    newest_ = hashes_[0];
    put_seal(part_of(3));
    EXPECT_EQ(problems(), (Strings{"chain_broken/part-000002", "chain_broken/part-000003"}));
    EXPECT_EQ(order(), (Numbers{1, 2}));
}

TEST_F(SealChainTest, ASecondFirstSealIsFound) {
    chain_of(2);
    newest_.reset();
    put_seal(part_of(3));
    EXPECT_EQ(problems(), (Strings{"chain_broken/part-000001", "chain_broken/part-000003"}));
}

TEST_F(SealChainTest, WhatIsNoSealIsNamed) {
    chain_of(2);
    put(layout().seal_path(part_of(9)), "{\"format\":1}");
    EXPECT_EQ(problems(), Strings{"seal_unreadable/part-000009"});
    // Another part's seal is none of this part.
    put(layout().seal_path(part_of(9)), read(layout().seal_path(part_of(2))));
    EXPECT_EQ(problems(), Strings{"seal_unreadable/part-000009"});
    EXPECT_EQ(end(), "day=2026-01-23/part-000002");
}

TEST_F(SealChainTest, LeftoversOfADeadSealerAreNoSeals) {
    chain_of(1);
    put(layout().seal_path(part_of(2)) + ".tmp", "{");
    put(layout().seal_path(part_of(3)) + ".tmp-123", read(layout().seal_path(part_of(1))));
    EXPECT_EQ(problems(), Strings{});
    EXPECT_EQ(order(), Numbers{1});
}

}  // namespace
}  // namespace daybook::ledger
