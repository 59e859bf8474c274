// The memory through which JavaScript hands over the fields of an object.
//
// Asking V8 for each name and value costs a call each.  So JavaScript writes fields into two arrays
// that it shares with the addon, and one call reads them all:
//
//     slots (doubles)   name*8+kind, value,  name*8+kind, value, …      two a field
//     text (bytes)      the texts one behind the other, in the order of the fields
//
// A name is a number that intern() has given once.  What `value` is depends on the kind: a number,
// the bits of an integer, or how many bytes of `text` belong to the field.
#pragma once

#include <napi.h>

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "daybook/daybook.h"

namespace daybook::node {

// What a slot's value is.  lib/frame.ts has the same numbers.
enum class SlotKind {
    kNull = 0,
    kBool = 1,
    kInt = 2,     // the 64 bits of an int64_t
    kUint = 3,    // the 64 bits of a uint64_t
    kNumber = 4,  // a finite double; written as an integer where it is one
    kText = 5,    // so many bytes of UTF-8
    kJson = 6,    // so many bytes of JSON
};

// Belongs to one thread of JavaScript.
class Frame {
public:
    // Makes the arrays and returns them as {slots: ArrayBuffer, text: ArrayBuffer}.  Arrays that
    // were made before are given up.
    Napi::Value allocate(Napi::Env env, std::size_t slots, std::size_t text_bytes);

    // The number of a name from now on.
    std::size_t intern(std::string name);
    void forget_names() { names_.clear(); }

    // Reading begins anew, at the first slot and the first byte of text.
    void rewind();
    // The next `bytes` of text.  What is asked for beyond the array's end is not given.
    daybook_str read_text(std::size_t bytes);
    // The next `count` fields.  They live until rewind(), and as long as nobody writes to the
    // arrays.  A frame that is not well formed is cut short.
    daybook_object read_object(std::size_t count);

private:
    daybook_field read_field();

    Napi::Reference<Napi::ArrayBuffer> slots_buffer_;
    Napi::Reference<Napi::ArrayBuffer> text_buffer_;
    const double* slots_ = nullptr;
    const char* text_ = nullptr;
    std::size_t slots_size_ = 0;
    std::size_t text_size_ = 0;
    std::size_t next_slot_ = 0;
    std::size_t next_text_ = 0;
    std::vector<daybook_field> fields_;
    // A deque, so that a name stays where it is when others are added.
    std::deque<std::string> names_;
};

// One, and others above it while what is put into it runs code of the program that records itself,
// such as a getter.
class Frames {
public:
    Frame& top() { return above_.empty() ? first_ : above_.back(); }
    void push() { above_.emplace_back(); }
    void pop() {
        if (!above_.empty()) above_.pop_back();
    }

private:
    Frame first_;
    std::deque<Frame> above_;
};

}  // namespace daybook::node
