// Runs the files *.test of this directory: events in, SQL, rows out.
//
//     # Words about the case.
//     events
//     {"event_type":"run.started","timestamp_ms":10,"run_id":"r"}
//
//     query
//     SELECT run_id, status FROM runs_status
//     ----
//     r | running
//
// Blocks are parted by empty lines and run in order; each `events` block is a batch of its own.  An
// event without `event_id` gets the next one of 00000001, 00000002…  `reset` begins with an empty
// index.  After every block of events the kept digest must be the computed one.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/index_memory.h"

namespace daybook {
namespace {

struct Block {
    std::size_t line = 0;
    std::vector<std::string> lines;
};

std::vector<Block> read_blocks(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<Block> blocks;
    bool in_block = false;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.starts_with("#")) continue;
        if (line.empty()) {
            in_block = false;
            continue;
        }
        if (!in_block) blocks.push_back({number, {}});
        in_block = true;
        blocks.back().lines.push_back(line);
    }
    return blocks;
}

class SqlFile : public ::testing::Test {
public:
    explicit SqlFile(std::filesystem::path path) : path_(std::move(path)) {}

    void TestBody() override {
        for (const Block& block : read_blocks(path_)) {
            SCOPED_TRACE(fmt::format("{}:{}", path_.filename().string(), block.line));
            const std::string& verb = block.lines.front();
            if (verb == "reset") {
                index_ = std::make_unique<testing::MemoryIndex>();
            } else if (verb == "events") {
                run_events(block);
            } else if (verb == "query") {
                run_query(block);
            } else {
                FAIL() << "unknown block: " << verb;
            }
        }
    }

private:
    void run_events(const Block& block) {
        std::vector<std::string> events(block.lines.begin() + 1, block.lines.end());
        for (std::string& event : events) {
            if (event.find("\"event_id\"") == std::string::npos && event.starts_with("{")) {
                event.insert(1, fmt::format("\"event_id\":\"{:08}\",", next_id_++));
            }
        }
        index_->apply(events);
        EXPECT_EQ(index_->kept_digest(), index_->computed_digest());
    }

    void run_query(const Block& block) {
        const auto rule = std::find(block.lines.begin(), block.lines.end(), "----");
        ASSERT_NE(rule, block.lines.end()) << "no ---- between the query and its rows";
        std::string sql;
        for (auto line = block.lines.begin() + 1; line != rule; ++line) sql += *line + "\n";
        const std::vector<std::string> expected(rule + 1, block.lines.end());
        EXPECT_EQ(index_->rows(sql), expected);
    }

    std::filesystem::path path_;
    std::unique_ptr<testing::MemoryIndex> index_ = std::make_unique<testing::MemoryIndex>();
    std::size_t next_id_ = 1;
};

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    for (const auto& entry : std::filesystem::directory_iterator(DAYBOOK_SQL_TESTS)) {
        if (entry.path().extension() != ".test") continue;
        ::testing::RegisterTest(
            "Sql", entry.path().stem().c_str(), nullptr, nullptr, __FILE__, __LINE__,
            [path = entry.path()]() -> ::testing::Test* { return new daybook::SqlFile(path); });
    }
    return RUN_ALL_TESTS();
}
