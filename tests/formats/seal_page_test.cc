// The worked example of seal.md: the seal, the head and the signed head are what the code writes
// and reads, and its tables name what the code finds.

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"
#include "base/signature.h"
#include "formats/page.h"
#include "ledger/seal.h"
#include "ledger/sealer.h"
#include "ledger/signed_head.h"
#include "log/layout.h"
#include "os/file.h"
#include "os/test_support.h"

namespace daybook::formats {
namespace {

class SealPageTest : public ::testing::Test {
protected:
    const Page page_{"seal.md"};
    const std::string part_ = Page("event-line.md").block("jsonl");
    const std::string seal_ = page_.block("json", 0);
    const std::string head_ = page_.block("json", 1);
    const std::string signed_head_ = page_.block("json", 2);
};

TEST_F(SealPageTest, SealingThePartGivesTheSealAndTheHead) {
    const os::TempDir dir;
    const ledger::LedgerDir ledger(dir.path());
    const log::Layout& layout = ledger.layout();
    const log::PartId part = *log::parse_part_id("day=2026-01-23/part-000001");
    ASSERT_TRUE(os::make_dirs(layout.day_dir(part.day)));
    ASSERT_TRUE(os::write_file_atomic(layout.part_path(part), part_));
    ASSERT_TRUE(ledger::seal_parts(ledger, {}));
    EXPECT_EQ(os::read_file(layout.seal_path(part), 10'000), seal_);
    EXPECT_EQ(os::read_file(layout.head_path(), 10'000), head_);
}

TEST_F(SealPageTest, TheDocumentsAreReadAndWrittenAgainTheSame) {
    EXPECT_EQ(encode_seal(*ledger::decode_seal(seal_, "seal.md")), seal_);
    EXPECT_EQ(encode_head(*ledger::decode_head(head_, "seal.md")), head_);
    EXPECT_EQ(encode_signed_head(*ledger::decode_signed_head(signed_head_, "seal.md")),
              signed_head_);
}

TEST_F(SealPageTest, TheSignedHeadIsAboutThatSealAndItsSignatureHolds) {
    // The key of RFC 8032, section 7.1, test 1.
    const std::string pem =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n";
    const SigningKey key = SigningKey::parse(pem, "rfc").value();
    const ledger::SignedHead head = *ledger::decode_signed_head(signed_head_, "seal.md");
    EXPECT_TRUE(is_signed_by(head, key.public_key()));
    EXPECT_EQ(head.seal_sha256, sha256_hex(seal_));
    const ledger::Seal seal = *ledger::decode_seal(seal_, "seal.md");
    EXPECT_EQ(head.bytes, seal.facts.bytes);
    EXPECT_EQ(head.events, seal.facts.events);

    // Made of the page's words: the prefix, a newline, and the document without its signature.
    const std::string document = signed_head_.substr(0, signed_head_.find(",\"signature\"")) + "}";
    EXPECT_TRUE(page_.contains("the text `daybook signed head`, a newline"));
    EXPECT_EQ(text_to_sign(head), "daybook signed head\n" + document);
}

TEST_F(SealPageTest, EveryFindingOfTheCodeIsInTheTable) {
    for (const char* kind :
         {"grown", "shrunk", "changed", "part_missing", "seal_missing", "seal_unreadable",
          "chain_broken", "head_wrong", "head_behind", "signature_invalid", "other_ledger",
          "history_changed", "artifact_missing", "artifact_changed"}) {
        EXPECT_EQ(page_.row(kind).size(), 4U) << kind;
    }
    EXPECT_EQ(page_.row("head_behind").back(), "no");
}

}  // namespace
}  // namespace daybook::formats
