DROP TABLE check_traps, check_left, check_parted, check_networks, check_more_documents, check_more_times, check_more_texts, check_calculations, check_child, check_parent, check_addresses, check_times, check_collections, check_documents, check_logic, check_patterns, check_texts, check_numbers;
DROP FUNCTION is_trimmed, both_or_none, is_positive, is_fine, is_blank;
DROP DOMAIN short_handle, percent, handle;
DROP TYPE phase;
