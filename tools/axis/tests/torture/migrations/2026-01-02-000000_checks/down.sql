DROP TABLE check_left, check_child, check_parent, check_addresses, check_times, check_collections, check_documents, check_logic, check_patterns, check_texts, check_numbers;
DROP FUNCTION is_trimmed, both_or_none, is_positive, is_fine;
DROP DOMAIN short_handle, percent, handle;
DROP TYPE phase;
