#include "root/package_sets.h"

#include <sstream>

namespace quiz::root {

std::vector<Alternatives> parse_package_set(std::string_view text) {
  std::vector<Alternatives> wanted;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    Alternatives names;
    for (std::string word; words >> word;) {
      if (word != "|") names.push_back(word);
    }
    if (!names.empty()) wanted.push_back(std::move(names));
  }
  return wanted;
}

}  // namespace quiz::root
