#include "index/batch_reader.h"

#include <fstream>

#include "os/file.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

class BatchReaderTest : public ::testing::Test {
protected:
    BatchReaderTest() {
        for (std::uint32_t number : {1U, 2U}) {
            const log::PartId id{*parse_day("2026-01-01"), log::PartNumber(number)};
            testing::expect_ok(os::make_dirs(layout_.day_dir(id.day)));
            std::string bytes;
            for (int i = 0; i < 20; ++i) {
                bytes += fmt::format(R"({{"event_type":"run.started","event_id":"{}-{}",)"
                                     R"("timestamp_ms":1,"run_id":"r"}})"
                                     "\n",
                                     number, i);
            }
            bytes += "unfinished";
            std::ofstream(layout_.part_path(id)) << bytes;
            work_.push_back(
                {.id = id, .size = ByteOffset(bytes.size()), .state = {.name = to_string(id)}});
        }
    }

    testing::TempDir dir_;
    log::Layout layout_{dir_.path()};
    std::vector<PartWork> work_;
};

TEST_F(BatchReaderTest, EveryBatchSizeReadsEveryLineOnce) {
    for (const std::uint64_t batch_bytes : {1U, 60U, 100U, 1000U, 100'000U}) {
        SCOPED_TRACE(batch_bytes);
        BatchReader reader(layout_, work_, {.threads = 2, .batch_bytes = batch_bytes});
        std::vector<std::string> ids;
        std::vector<PartState> last(2);
        while (const auto batch = testing::value_of(reader.next())) {
            for (const Staging& piece : batch->pieces) {
                for (const StagedEvent& event : piece.events) {
                    ids.emplace_back(event.stamp.event_id);
                }
            }
            for (const PartState& part : batch->parts) last[part.name.back() == '1' ? 0 : 1] = part;
        }
        ASSERT_EQ(ids.size(), 40U);
        EXPECT_EQ(ids.front(), "1-0");
        EXPECT_EQ(ids.back(), "2-19");
        for (const PartState& part : last) {
            EXPECT_EQ(part.lines, 20U);
            EXPECT_EQ(part.foreign, 20U);
            EXPECT_EQ(part.first_offset, 0U);
            EXPECT_EQ(part.bytes, work_[0].size.value() - std::string("unfinished").size());
        }
    }
}

TEST_F(BatchReaderTest, ABatchEndsEarlyWhereLinesBecomeManyRows) {
    const log::PartId id{*parse_day("2026-01-02"), log::PartNumber(1)};
    testing::expect_ok(os::make_dirs(layout_.day_dir(id.day)));
    std::string metrics;
    for (int i = 0; i < 200; ++i) metrics += fmt::format(R"({}"m{}":1)", i == 0 ? "" : ",", i);
    std::ofstream file(layout_.part_path(id));
    constexpr std::uint64_t kLines = 10'000;
    std::uint64_t bytes = 0;
    for (std::uint64_t i = 0; i < kLines; ++i) {
        const std::string line = fmt::format(
            R"({{"event_type":"metric.recorded","event_id":"{}","timestamp_ms":1,"run_id":"r",)"
            R"("metrics":{{{}}}}})"
            "\n",
            i, metrics);
        bytes += line.size();
        file << line;
    }
    file.close();
    BatchReader reader(layout_,
                       {{.id = id, .size = ByteOffset(bytes), .state = {.name = to_string(id)}}},
                       {.threads = 2, .batch_bytes = bytes});
    std::size_t batches = 0;
    PartState last;
    while (const auto batch = testing::value_of(reader.next())) {
        ++batches;
        last = batch->parts.back();
    }
    EXPECT_GT(batches, 1U);
    EXPECT_EQ(last.lines, kLines);
    EXPECT_EQ(last.bytes, bytes);
}

TEST_F(BatchReaderTest, APartThatHasGoneIsAnError) {
    testing::expect_ok(os::remove_file(layout_.part_path(work_[0].id)));
    BatchReader reader(layout_, work_, {.batch_bytes = 100'000});
    EXPECT_EQ(reader.next().error().code(), ErrorCode::kNotFound);
}

TEST_F(BatchReaderTest, WhatWasReadBeforeAnErrorIsABatchOfItsOwn) {
    testing::expect_ok(os::remove_file(layout_.part_path(work_[1].id)));
    for (const unsigned threads : {1U, 4U}) {
        SCOPED_TRACE(threads);
        BatchReader reader(layout_, work_, {.threads = threads, .batch_bytes = 100'000});
        const auto first = testing::value_of(reader.next());
        ASSERT_TRUE(first.has_value());
        ASSERT_EQ(first->parts.size(), 1U);
        EXPECT_EQ(first->parts[0].lines, 20U);
        EXPECT_EQ(reader.next().error().code(), ErrorCode::kNotFound);
    }
}

TEST_F(BatchReaderTest, SlicesMeetAtLineEndsWhateverTheirBytes) {
    // Lines of all lengths about a slice's two mebibytes, so that its end falls everywhere.
    const log::PartId id{*parse_day("2026-01-02"), log::PartNumber(1)};
    testing::expect_ok(os::make_dirs(layout_.day_dir(id.day)));
    std::ofstream file(layout_.part_path(id));
    constexpr std::uint64_t kLines = 40;
    std::uint64_t bytes = 0;
    for (std::uint64_t i = 0; i < kLines; ++i) {
        const std::string line = fmt::format(
            R"({{"event_type":"own.type","event_id":"{}","timestamp_ms":1,"run_id":"r","v":"{}"}})"
            "\n",
            i, std::string((std::size_t{1} << 19) / (1 + i % 7) + i * 31, 'x'));
        bytes += line.size();
        file << line;
    }
    file.close();
    for (const unsigned threads : {1U, 2U, 5U}) {
        for (const std::uint64_t batch_bytes : {std::uint64_t{3} << 20, std::uint64_t{1} << 30}) {
            BatchReader reader(
                layout_, {{.id = id, .size = ByteOffset(bytes), .state = {.name = to_string(id)}}},
                {.threads = threads, .batch_bytes = batch_bytes});
            std::uint64_t events = 0;
            PartState last;
            while (const auto batch = testing::value_of(reader.next())) {
                for (const Staging& piece : batch->pieces) {
                    for (const StagedEvent& event : piece.events) {
                        EXPECT_EQ(event.stamp.event_id, std::to_string(events++));
                    }
                }
                last = batch->parts.at(0);
            }
            EXPECT_EQ(events, kLines);
            EXPECT_EQ(last.lines, kLines);
            EXPECT_EQ(last.bytes, bytes);
            EXPECT_EQ(last.damaged, 0U);
        }
    }
}

}  // namespace
}  // namespace daybook::index
