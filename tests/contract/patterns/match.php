<?php
// PCRE, with and without `u`, as PHP calls it.
$read = ['p' => [], 't' => []];
while (($line = fgets(STDIN)) !== false) {
    [$kind, $hex] = explode(' ', rtrim($line, "\n"));
    $read[$kind][] = hex2bin($hex);
}
foreach ($read['p'] as $pattern) {
    $pattern = '/' . str_replace('/', '\/', $pattern) . '/';
    foreach ($read['t'] as $text) {
        $plain = preg_match($pattern, $text);
        if ($plain === false || $plain !== preg_match($pattern . 'u', $text)) {
            throw new LogicException("$pattern: $text");
        }
        echo $plain;
    }
    echo "\n";
}
