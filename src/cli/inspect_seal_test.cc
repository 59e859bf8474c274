#include "cli/inspect_seal.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "ledger/sealer.h"
#include "os/file.h"
#include "os/test_support.h"

namespace daybook::cli {
namespace {

class SealTest : public ::testing::Test {
protected:
    SealTest() { write("part-000001.jsonl", "{}\n"); }

    void write(const std::string& name, const std::string& bytes) {
        ASSERT_TRUE(os::make_dirs(os::parent_path(dir_ / name)));
        ASSERT_TRUE(os::write_file_atomic(dir_ / name, bytes));
    }
    std::string problem_of(const std::string& seal) {
        write("part-000001.seal.json", seal);
        const auto report = examine_seal(dir_ / "part-000001.seal.json");
        return report ? report->problem : "error: " + report.error().message();
    }
    static std::string seal_of(const std::string& part) {
        return ledger::encode_seal({.part = *log::parse_part_id("day=2026-01-23/part-000001"),
                                    .facts = {.bytes = part.size()},
                                    .sha256 = sha256_hex(part)});
    }

    os::TempDir dir_;
};

TEST_F(SealTest, IsGoodIfThePartIsWhatWasSealed) { EXPECT_EQ(problem_of(seal_of("{}\n")), ""); }

TEST_F(SealTest, NamesWhatDiffers) {
    EXPECT_EQ(problem_of(seal_of("{}\n{}\n")), "the part has 3 bytes, the seal says 6");
    EXPECT_TRUE(problem_of(seal_of("[]\n")).starts_with("the part's SHA-256 is ca3d163b"))
        << problem_of(seal_of("[]\n"));
}

TEST_F(SealTest, APartThatHasGoneIsAProblemAndNoError) {
    ASSERT_TRUE(os::remove_file(dir_ / "part-000001.jsonl"));
    EXPECT_EQ(problem_of(seal_of("{}\n")), "there is no " + dir_ / "part-000001.jsonl");
}

TEST_F(SealTest, AnotherFormatOrAnotherFileIsAnError) {
    EXPECT_NE(problem_of("{\"format\":2}").find("knows format 1"), std::string::npos);
    EXPECT_NE(problem_of("nonsense").find("it is no seal"), std::string::npos);
    EXPECT_FALSE(examine_seal(dir_ / "part-000001.jsonl"));
}

TEST_F(SealTest, OutsideALedgerItHasNoPlace) {
    write("part-000001.seal.json", seal_of("{}\n"));
    EXPECT_FALSE(examine_seal(dir_ / "part-000001.seal.json")->place.has_value());
}

TEST_F(SealTest, InALedgerItHasAPlaceInTheChain) {
    write("ledger/events/day=2026-01-23/part-000001.jsonl", "{}\n");
    write("ledger/events/day=2026-01-23/part-000002.jsonl", "[]\n");
    ASSERT_TRUE(ledger::seal_parts(ledger::LedgerDir(dir_ / "ledger"), {}));
    const std::string seal = dir_ / "ledger/events/day=2026-01-23/part-000001.seal.json";
    const auto report = examine_seal(seal);
    ASSERT_TRUE(report && report->place);
    EXPECT_EQ(report->place->position, 1U);
    EXPECT_EQ(report->place->seals, 2U);
    EXPECT_EQ(to_string(report->place->head->part), "day=2026-01-23/part-000002");

    // A seal that the chain does not reach has no position.
    ASSERT_TRUE(os::write_file_atomic(seal, seal_of("{}\n") + "\n"));
    EXPECT_EQ(examine_seal(seal)->place->position, 0U);
}

}  // namespace
}  // namespace daybook::cli
