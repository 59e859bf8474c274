#include "ledger/signed_head.h"

#include <string>

#include <gtest/gtest.h>

#include "ledger/test_seals.h"

namespace daybook::ledger {
namespace {

class SignedHeadTest : public SealsTest {
protected:
    SignedHeadTest() { put(dir_.manifest_path(), R"({"format":1,"ledger_id":"the-id"})"); }

    void chain_of(std::uint32_t count) {
        for (std::uint32_t i = 1; i <= count; ++i) put_head(part_of(i), put_seal(part_of(i)));
    }
    Result<SignedHead> try_sign() { return sign_head(dir_, key_, clock_); }
    SignedHead sign() { return try_sign().value(); }
    std::string problem(const SignedHead& head) {
        const SealFiles files = read_seals(layout()).value();
        return signed_history_problem(head, files, examine_chain(files, layout()));
    }
    static bool says(const std::string& message, const std::string& what) {
        return message.find(what) != std::string::npos;
    }

    const KeyPairPem pem_ = new_key_pair().value();
    const SigningKey key_ = SigningKey::parse(pem_.private_key, "k.pem").value();
    const std::string public_key_ = parse_public_key(pem_.public_key, "k.pub.pem").value();
    const ManualClock clock_{kNextMorning};
};

TEST_F(SignedHeadTest, SaysHowFarTheChainHasCome) {
    chain_of(3);
    const SignedHead head = sign();
    EXPECT_EQ(head.ledger_id, "the-id");
    EXPECT_EQ(head.part, part_of(3));
    EXPECT_EQ(head.seal_sha256, *newest_);
    EXPECT_EQ(head.seals, 3U);
    EXPECT_EQ(head.signed_at, kNextMorning);
    EXPECT_TRUE(is_signed_by(head, public_key_));
    EXPECT_EQ(decode_signed_head(encode_signed_head(head), "x"), head);
    EXPECT_EQ(problem(head), "");
}

TEST_F(SignedHeadTest, EveryFieldIsCoveredByTheSignature) {
    chain_of(1);
    const SignedHead head = sign();
    const auto changed = [&](auto change) {
        SignedHead other = head;
        change(other);
        return is_signed_by(other, public_key_);
    };
    EXPECT_TRUE(changed([](SignedHead&) {}));
    EXPECT_FALSE(changed([](SignedHead& other) { other.ledger_id = "another"; }));
    EXPECT_FALSE(changed([](SignedHead& other) { other.part = part_of(2); }));
    EXPECT_FALSE(changed([](SignedHead& other) { other.seal_sha256[0] ^= 1; }));
    EXPECT_FALSE(changed([](SignedHead& other) { ++other.seals; }));
    EXPECT_FALSE(changed([](SignedHead& other) { ++other.bytes; }));
    EXPECT_FALSE(changed([](SignedHead& other) { ++other.events; }));
    EXPECT_FALSE(changed([](SignedHead& other) { other.signed_at += 1; }));
    EXPECT_FALSE(changed([](SignedHead& other) { other.public_key[0] ^= 1; }));
    EXPECT_FALSE(changed([](SignedHead& other) { other.signature[0] ^= 1; }));
    const KeyPairPem other_key = new_key_pair().value();
    EXPECT_FALSE(is_signed_by(head, *parse_public_key(other_key.public_key, "k")));
}

TEST_F(SignedHeadTest, TheChainMayGrowAfterwards) {
    chain_of(2);
    const SignedHead head = sign();
    put_head(part_of(3), put_seal(part_of(3)));
    EXPECT_EQ(problem(head), "");
}

TEST_F(SignedHeadTest, HistoryThatWasRemovedOrWrittenAnewIsSeen) {
    chain_of(3);
    const SignedHead head = sign();
    // A chain as good as any, but another one.
    newest_.reset();
    for (std::uint32_t i = 1; i <= 2; ++i) put_head(part_of(i), put_seal(part_of(i)));
    ASSERT_TRUE(os::remove_file(layout().seal_path(part_of(3))));
    EXPECT_TRUE(says(problem(head), "the seal of day=2026-01-23/part-000003, number 3"))
        << problem(head);
    EXPECT_TRUE(says(problem(head), "is not in today's chain of 2:")) << problem(head);
}

TEST_F(SignedHeadTest, SealsThatAreMissingBeforeTheSignedOneAreSeen) {
    chain_of(3);
    const SignedHead head = sign();
    ASSERT_TRUE(os::remove_file(layout().seal_path(part_of(1))));
    EXPECT_TRUE(says(problem(head), "it is number 2: 1 before it gone")) << problem(head);
}

TEST_F(SignedHeadTest, TotalsThatDifferAreSeen) {
    chain_of(1);
    SignedHead head = sign();
    ++head.events;
    EXPECT_TRUE(says(problem(head), "0 bytes and 0 events, signed were 0 and 1")) << problem(head);
}

TEST_F(SignedHeadTest, WhatIsNotWholeIsNotSigned) {
    EXPECT_TRUE(says(try_sign().error().message(), "nothing is sealed yet"));
    chain_of(3);
    ASSERT_TRUE(os::remove_file(layout().seal_path(part_of(2))));
    EXPECT_EQ(try_sign().error().code(), ErrorCode::kCorrupt);
    ASSERT_TRUE(os::remove_file(dir_.manifest_path()));
    EXPECT_TRUE(says(try_sign().error().message(), "ledger.json"));
}

TEST_F(SignedHeadTest, WhatIsNoSignedHeadIsRefused) {
    chain_of(1);
    const std::string text = encode_signed_head(sign());
    for (const char* field : {"format", "ledger_id", "part", "seal_sha256", "seals", "bytes",
                              "events", "signed_at_ms", "public_key", "signature"}) {
        std::string other = text;
        other.insert(other.find(std::string("\"") + field) + 1, "x");
        const auto head = decode_signed_head(other, "h.json");
        ASSERT_FALSE(head) << field;
        EXPECT_TRUE(says(head.error().message(), fmt::format("h.json: field `{}`", field)))
            << head.error().message();
    }
    EXPECT_EQ(decode_signed_head(R"({"format":2})", "x").error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace daybook::ledger
