DROP TABLE check_further_left, check_parts, check_json_texts, check_rewritten, check_ranges, check_steps, check_spans, check_floats, check_bits;
DROP TYPE check_pair;
DROP DOMAIN check_low_price, check_price, check_code, check_given, check_word;
