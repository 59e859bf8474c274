// What a power cut may leave of a simulated file system.
//
// Whatever is not durable is a question with a few answers, and each combination of answers is a
// state that the disk may be in:
//
//     a change of a name    it is there or not; of a rename the new name may be there and the old
//                           one still, but never neither
//     a file's size         what it was at any moment since the last sync
//     each 512 bytes of it  what they were at any of those moments; where nothing was durable,
//                           NULs or stale garbage as well: size without data, torn writes
//     a file's mode         the old or the new one
//
// What lies below a directory whose name is lost is lost with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/sim_tree.h"

namespace daybook::testing {

class CrashSpace {
public:
    // An answer to each question: 0 is the oldest state, the last one the newest.
    using Choice = std::vector<std::uint16_t>;

    explicit CrashSpace(const SimTree& tree);

    // How many combinations there are; kCountMax stands for "that many or more".
    static constexpr std::uint64_t kCountMax = std::uint64_t{1} << 62;
    std::uint64_t count() const { return count_; }
    Choice nth(std::uint64_t index) const;  // index < count()
    // At random, with a liking for extremes: all old, all new, all but one.
    Choice draw(RandomSource& random) const;
    Choice oldest() const { return Choice(questions_.size(), 0); }
    Choice newest() const;

    // The file system that is mounted afterwards.  All is durable there, and every file was last
    // written long before that boot.
    SimTree apply(const Choice& choice) const;
    // The answers in words, one line for each question.
    std::string describe(const Choice& choice) const;

private:
    enum class Kind { kName, kMode, kSize, kSector };
    struct Question {
        Kind kind = Kind::kName;
        std::size_t change = 0;  // kName: which of the tree's name changes
        InodeNumber inode{};     // else: of which file
        std::uint64_t sector = 0;
        std::vector<std::uint64_t> sizes{};   // kSize: answers
        std::vector<std::string> contents{};  // kSector: answers
        std::size_t answers = 2;
    };

    class FileMaker;

    void ask_about_file(InodeNumber number);
    void ask_about_sector(InodeNumber number, std::uint64_t sector);
    SimTree durable_part() const;
    std::string answer_in_words(const Question& question, std::uint16_t answer) const;

    SimTree tree_;
    std::vector<Question> questions_;
    std::uint64_t count_ = 1;
};

}  // namespace daybook::testing
