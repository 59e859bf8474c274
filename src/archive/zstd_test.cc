#include "archive/zstd.h"

#include <zstd.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/test_archive.h"
#include "base/random.h"

namespace daybook::archive {
namespace {

std::string alike(std::size_t lines) {
    SeededRandom random(1);
    std::string bytes;
    for (std::size_t i = 0; i < lines; ++i) {
        bytes += own_line("r1", random.next() % 1'000'000'000 + 1);
    }
    return bytes;
}

TEST(Zstd, WhatIsCompressedComesBack) {
    Compressor compressor;
    for (const std::string& bytes : {std::string(), std::string("x"), alike(5000)}) {
        for (const Effort effort : {Effort::kAlike, Effort::kFast, Effort::kNormal}) {
            std::string out = "before";
            const std::size_t size = compressor.compress(bytes, effort, out);
            ASSERT_EQ(out.size(), 6 + size);
            std::string back(bytes.size(), '\0');
            EXPECT_EQ(ZSTD_decompress(back.data(), back.size(), out.data() + 6, size),
                      bytes.size());
            EXPECT_EQ(back, bytes);
        }
    }
}

TEST(Zstd, TheSmallestOfASampleIsChosen) {
    Compressor compressor;
    EXPECT_EQ(compressor.choose(alike(2000)), Effort::kAlike);
    // Words, which repeat in pieces of less than seven bytes.
    SeededRandom random(2);
    std::vector<std::string> words(300);
    for (std::string& word : words) {
        for (int i = 0; i < 5; ++i) word.push_back(static_cast<char>('a' + random.next() % 26));
    }
    std::string text;
    while (text.size() < 200'000) text += words[random.next() % words.size()];
    EXPECT_NE(compressor.choose(text), Effort::kAlike);
}

}  // namespace
}  // namespace daybook::archive
