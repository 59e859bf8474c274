#include "index/decode.h"

#include "support/index_memory.h"

namespace daybook::index {
namespace {

constexpr const char* kStarted =
    R"({"event_type":"run.started","event_id":"1","timestamp_ms":5,"run_id":"r"})";

TEST(DecodeTest, AnEventOfOursAndItsForeignCopyAreOneContent) {
    std::string ours(kStarted, std::string_view(kStarted).size() - 1);
    log::append_trailer(ours, 0, log::Seq(1), log::Seq(0));
    ours.pop_back();
    const Batch batch = testing::make_batch({ours, kStarted});
    ASSERT_EQ(batch.pieces[0].events.size(), 2U);
    EXPECT_EQ(batch.pieces[0].events[0].content, batch.pieces[0].events[1].content);
    EXPECT_EQ(batch.pieces[0].foreign, 1U);
}

TEST(DecodeTest, FieldsMayComeInAnyOrder) {
    const Batch batch = testing::make_batch(
        {R"({"metrics":{},"trial_id":"t","run_id":"r\n","params":{},"timestamp_ms":5,)"
         R"("event_type":"trial.recorded","event_id":"1"})"});
    ASSERT_EQ(batch.pieces[0].rows(Table::kTrials).size(), 1U);
    EXPECT_EQ(batch.pieces[0].row(Table::kTrials, 0)[0].as_text(), "r\n");
}

// Python's json writes them, and a column of JSON that had one could not be read.
TEST(DecodeTest, NumbersThatJsonLacksAreKeptAsTheClientsKeepThem) {
    const auto cells = [](Table table, const char* more) {
        const Batch batch = testing::make_batch({fmt::format(
            R"({{"event_id":"1","timestamp_ms":1,"run_id":"r","event_type":{}}})", more)});
        EXPECT_TRUE(batch.pieces[0].damage.empty());
        std::string text;
        for (const Cell& cell : batch.pieces[0].row(table, 0)) {
            if (cell.kind() == Cell::Kind::kText) text += fmt::format("{} ", cell.as_text());
        }
        return text;
    };
    const std::string trial =
        cells(Table::kTrials, R"("trial.recorded","trial_id":"t","params":{},)"
                              R"("metrics":{"a": NaN, "b": [-Infinity]})");
    EXPECT_NE(trial.find(R"({"a":null,"b":[null]})"), std::string::npos) << trial;
    const std::string run = cells(
        Table::kRuns, R"("run.created","run_type":"x","config":{"a": NaN},"data_fingerprint":"")");
    EXPECT_NE(run.find(R"({"a":"NaN"})"), std::string::npos) << run;
}

TEST(DecodeTest, DamageIsRecordedWithItsPlaceAndReason) {
    const Batch batch = testing::make_batch({kStarted, "", "{\"a\":1}"});
    const auto& damage = batch.pieces[0].damage;
    ASSERT_EQ(damage.size(), 2U);
    EXPECT_EQ(damage[0].reason, "empty");
    EXPECT_EQ(damage[0].offset.value(), std::string_view(kStarted).size() + 1);
    EXPECT_EQ(damage[1].reason, "no_event");
    EXPECT_EQ(damage[1].length, 7U);
}

TEST(DecodeTest, ALineOfAnotherToolsThatIsNoJsonMakesNoRow) {
    // A column with such a text would fail every question that looks into it.
    const Batch batch = testing::make_batch(
        {R"({"event_type":"trial.recorded","event_id":"1","timestamp_ms":1,"run_id":"r",)"
         R"("trial_id":"t","params":{},"metrics":{"a":"b"c}})"});
    EXPECT_TRUE(batch.pieces[0].events.empty());
    ASSERT_EQ(batch.pieces[0].damage.size(), 1U);
    EXPECT_EQ(batch.pieces[0].damage[0].reason, "no_event");
}

TEST(DecodeTest, AnEventWithoutItsKeyIsInvalid) {
    for (const char* rest : {R"("event_type":"trial.recorded","params":{},"metrics":{})",
                             R"("event_type":"artifact.created","artifact_type":"x")",
                             R"("event_type":"phase.completed","duration_ms":1)",
                             R"("event_type":"phase.started","phase_name":"p")"}) {
        SCOPED_TRACE(rest);
        const Batch batch = testing::make_batch(
            {fmt::format(R"({{"event_id":"1","timestamp_ms":1,"run_id":"r",{}}})", rest)});
        ASSERT_EQ(batch.pieces[0].damage.size(), 1U);
        EXPECT_EQ(batch.pieces[0].damage[0].reason, "invalid_event");
        EXPECT_TRUE(batch.pieces[0].events.empty());
    }
}

TEST(DecodeTest, OnlyDescriptionsLeaveARunPending) {
    const auto is_active = [](const char* type) {
        const Batch batch = testing::make_batch({fmt::format(
            R"({{"event_type":"{}","event_id":"1","timestamp_ms":1,"run_id":"r"}})", type)});
        return batch.pieces[0].events.at(0).is_active;
    };
    for (const char* type :
         {"run.created", "run.environment", "run.tagged", "run.deleted", "run.restored"}) {
        EXPECT_FALSE(is_active(type)) << type;
    }
    for (const char* type : {"run.started", "run.heartbeat", "baseline.completed", "my.type"}) {
        EXPECT_TRUE(is_active(type)) << type;
    }
}

// Renames `old` to `trial_id` in trials of version 1.
class Renamer final : public Upcaster {
public:
    bool applies(std::string_view type, int version) const override {
        return type == "trial.recorded" && version == 1;
    }
    Result<std::string> upcast(std::string_view, int, std::string_view line) const override {
        std::string text(line);
        const std::size_t at = text.find("\"old\"");
        if (at == std::string::npos) return fail(ErrorCode::kInvalidArgument, "no old");
        return text.replace(at, 5, "\"trial_id\"");
    }
};

TEST(DecodeTest, OlderVersionsGoThroughTheUpcaster) {
    const Renamer renamer;
    Decoder decoder(&renamer);
    Staging staging;
    const auto decode = [&](const std::string& fields) {
        const std::string text =
            R"({"event_type":"trial.recorded","event_id":"1","timestamp_ms":1,"run_id":"r",)" +
            fields + ",\"params\":{},\"metrics\":{}}";
        const auto kept = staging.arena.keep(text + std::string(json::kPadding, ' '));
        decoder.decode(log::judge_line(kept.substr(0, text.size()), ByteOffset(0)), 0, staging);
    };
    decode(R"("old":"a")");
    decode(R"("schema_version":2,"trial_id":"b")");
    decode(R"("trial_id":"c")");
    ASSERT_EQ(staging.rows(Table::kTrials).size(), 2U);
    EXPECT_EQ(staging.row(Table::kTrials, 0)[1].as_text(), "a");
    EXPECT_EQ(staging.row(Table::kTrials, 1)[1].as_text(), "b");
    ASSERT_EQ(staging.damage.size(), 1U);
    EXPECT_EQ(staging.damage[0].reason, "not_upcast");
}

}  // namespace
}  // namespace daybook::index
