#include "index/row_hash.h"

#include <array>
#include <limits>

#include "support/index_memory.h"

namespace daybook::index {
namespace {

// The worked bytes of docs/formats/tables.md.
TEST(RowHashTest, ABaselineHashesAsItsBytesAreDefined) {
    std::array<Cell, 7> cells{Cell::text("r"), Cell::integer(2),  Cell::integer(-1),
                              Cell::text("p"), Cell::integer(10), Cell(),
                              Cell::text("id")};
    using namespace std::string_literals;
    const std::string bytes =
        "\x04\x09\0\0\0baselines"s
        "\x04\x01\0\0\0r"s
        "\x02\x02\0\0\0\0\0\0\0"s
        "\x02\xff\xff\xff\xff\xff\xff\xff\xff"s
        "\x04\x01\0\0\0p"s
        "\x02\x0a\0\0\0\0\0\0\0"s
        "\0"s
        "\x04\x02\0\0\0id"s;
    const Hash128 hash = RowHasher().hash(spec(Table::kBaselines), cells, {});
    EXPECT_EQ(hash, xxh3_128(bytes));
    EXPECT_EQ(hash.to_hex(), "ac790d3081533a1f369cbd8f13d7486e");
}

TEST(RowHashTest, EveryNaNIsOne) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::array<Cell, 8> a{};
    std::array<Cell, 8> b{};
    a[4] = Cell::number(nan);
    b[4] = Cell::number(-nan);
    RowHasher hasher;
    EXPECT_EQ(hasher.hash(spec(Table::kPoints), a, {}), hasher.hash(spec(Table::kPoints), b, {}));
}

TEST(RowHashTest, DerivedColumnsDoNotCount) {
    std::array<Cell, 14> a{};
    std::array<Cell, 14> b{};
    b[10] = Cell::numbers(0, 0);
    RowHasher hasher;
    EXPECT_EQ(hasher.hash(spec(Table::kTrials), a, {}), hasher.hash(spec(Table::kTrials), b, {}));
}

TEST(RowHashTest, AStoredRowOfEveryTableHashesAsTheStagedOne) {
    testing::MemoryIndex index;
    index.apply({
        R"({"event_type":"run.created","event_id":"1","timestamp_ms":1,"run_id":"r","run_type":"x","config":{},"data_fingerprint":"","tags":{"a":"b"}})",
        R"({"event_type":"run.tagged","event_id":"2","timestamp_ms":2,"run_id":"r","note":"n"})",
        R"({"event_type":"trial.recorded","event_id":"3","timestamp_ms":3,"run_id":"r","trial_id":"t","params":{"a":1},"metrics":{},"violations":["x","y"],"feasible":false})",
        R"({"event_type":"metric.recorded","event_id":"4","timestamp_ms":4,"run_id":"r","metrics":{"m":0.1},"nonfinite":{"/metrics/n":"NaN"}})",
        R"({"event_type":"artifact.created","event_id":"5","timestamp_ms":5,"run_id":"r","artifact_type":"t","artifact_path":"p","size_bytes":1})",
        R"({"event_type":"baseline.completed","event_id":"6","timestamp_ms":6,"run_id":"r","alerts_total":1,"alerts_ok":1,"artifact_path":"p"})",
        R"({"event_type":"x.y","event_id":"7","timestamp_ms":7,"run_id":"r"})",
        R"({"event_type":"phase.started","event_id":"8","timestamp_ms":8,"run_id":"r","phase_name":"p","phase_order":0})",
    });
    for (const Table table : kTables) {
        EXPECT_GE(index.rows(fmt::format("FROM {}", spec(table).name)).size(), 1U)
            << spec(table).name;
    }
    EXPECT_EQ(index.kept_digest(), index.computed_digest());
}

}  // namespace
}  // namespace daybook::index
