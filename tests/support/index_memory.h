// An index in memory, fed with lines that a test writes down.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "duck/database.h"
#include "index/decode.h"
#include "index/fold.h"
#include "index/table_diff.h"
#include "index/index_state.h"
#include "index/tables.h"
#include "json/document.h"
#include "log/scan.h"
#include "support/outcome.h"

namespace daybook::testing {

// The lines as one batch, each decoded into a piece of `lines_a_piece` lines.
inline index::Batch make_batch(const std::vector<std::string>& lines,
                               std::size_t lines_a_piece = 1000) {
    index::Batch batch;
    index::PartState part;
    part.name = "day=2026-01-01/part-000001";
    batch.parts.push_back(part);
    index::Decoder decoder(nullptr);
    for (std::size_t begin = 0; begin < lines.size(); begin += lines_a_piece) {
        std::string text;
        for (std::size_t i = begin; i < std::min(lines.size(), begin + lines_a_piece); ++i) {
            text += lines[i] + "\n";
        }
        constexpr std::size_t kPageBytes = 4096;
        os::Pages memory((text.size() + json::kPadding + kPageBytes - 1) / kPageBytes * kPageBytes);
        std::memcpy(memory.data(), text.data(), text.size());
        std::memset(memory.data() + text.size(), 0, json::kPadding);
        index::Staging& piece = batch.pieces.emplace_back();
        log::Scanner scanner({memory.data(), text.size()}, ByteOffset(0));
        while (const auto line = scanner.next()) decoder.decode(*line, 0, piece);
        batch.bytes.push_back(std::move(memory));
    }
    return batch;
}

class MemoryIndex {
public:
    MemoryIndex() {
        expect_ok(index::create_index(connection_, index::Generation(0), ""));
        fold_ = std::make_unique<index::Fold>(value_of(index::Fold::open(connection_)));
    }

    index::Applied apply(const std::vector<std::string>& lines, bool again = false) {
        index::Batch batch = make_batch(lines);
        batch.again = again;
        return value_of(fold_->apply(batch, conflicts_));
    }

    // Rows as text: columns parted by " | ".
    std::vector<std::string> rows(const std::string& sql) {
        duck::Rows result = value_of(connection_.query(sql));
        std::vector<std::string> lines;
        while (value_of(result.next())) {
            std::string line;
            for (std::size_t i = 0; i < result.column_count(); ++i) {
                line += (i == 0 ? "" : " | ") + result.text(i);
            }
            lines.push_back(line);
        }
        return lines;
    }

    // Everything that the digest covers, and what is derived from it.
    std::vector<std::string> all_rows() {
        std::vector<std::string> all;
        for (const index::Table table : index::kTables) {
            const std::string name(index::spec(table).name);
            for (const std::string& row : rows("SELECT * FROM " + name + " ORDER BY ALL")) {
                all.push_back(name + ": " + row);
            }
        }
        return all;
    }

    std::string kept_digest() const { return fold_->digest().to_hex(); }
    std::string computed_digest() {
        return index::sum_of(value_of(index::table_digests(connection_))).to_hex();
    }

    duck::Connection& connection() { return connection_; }
    index::Fold& fold() { return *fold_; }
    index::Conflicts& conflicts() { return conflicts_; }

private:
    duck::Database database_ = value_of(duck::Database::open_in_memory({.threads = 2}));
    duck::Connection connection_ = value_of(database_.connect());
    std::unique_ptr<index::Fold> fold_;
    index::Conflicts conflicts_;
};

}  // namespace daybook::testing
