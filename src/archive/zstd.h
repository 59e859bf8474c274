// Compresses pages: the only header of this module that knows libzstd is zstd.cc's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace daybook::archive {

// How hard, and by what means.
enum class Effort {
    // Lines that are alike but for their numbers, as those of one run's trials are: only what came
    // just before is looked for, in pieces of at least seven bytes.  On such lines that is both
    // twice as fast and a sixth smaller than the levels, which find many short matches that cost
    // more than the digits they stand for.
    kAlike,
    kFast,    // level 1
    kNormal,  // level 3
};

// One thread uses it, for many pages.
class Compressor {
public:
    Compressor();
    ~Compressor();
    Compressor(Compressor&&) noexcept;
    Compressor& operator=(Compressor&&) noexcept;

    // Appends one frame to `out`; how many bytes.
    std::size_t compress(std::string_view bytes, Effort effort, std::string& out);
    // Which effort makes the beginning of `bytes` the smallest.
    Effort choose(std::string_view bytes);

private:
    struct Context;
    std::unique_ptr<Context> context_;
    std::string sample_;
};

}  // namespace daybook::archive
