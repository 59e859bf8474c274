// The door through which libFuzzer comes, compiled once a target.

#include <cstddef>
#include <cstdint>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    daybook::fuzz::DAYBOOK_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    return 0;
}
