# Ruby's Onigmo.
lines = $stdin.each_line(chomp: true).map(&:split)
read = ->(kind) { lines.select { |own,| own == kind }.map { |_, hex| [hex.to_s].pack('H*').force_encoding('UTF-8') } }
read.call('p').each do |pattern|
  regexp = Regexp.new(pattern)
  puts(read.call('t').map { |text| regexp.match?(text) ? '1' : '0' }.join)
end
