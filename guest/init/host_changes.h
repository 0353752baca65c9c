// What the host changes while the guest runs is seen in it. Contents and attributes are asked of
// the host whenever they are read (9p with cache=none), but names are not: an overlay keeps all
// that were ever looked up in it, those that did not exist too, and a mapped file keeps its pages.
#pragma once

#include <string>
#include <vector>

namespace quiz::init {

/// For as long as the machine lives: once a second the overlays at these paths (of the root
/// directory that is in force now) forget the names that nobody is using. Whatever is then looked
/// up again is as the host has it; a file of another size or time than before is another file,
/// without the pages of the old one.
void follow_host_changes(std::vector<std::string> overlays);

/// The 9p file systems that are mounted read a file that is mapped into memory in large pieces:
/// without a cache they would ask for every page by itself.
void read_mapped_files_ahead();

}  // namespace quiz::init
