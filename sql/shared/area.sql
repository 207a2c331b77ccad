-- shared.area
-- One row per lower layer super output area (LSOA) of the local authority: open geography, to read breakdowns by.
--
-- lsoa_code: GSS code of the LSOA
-- ward_code: GSS code of the ward that holds most of its people
-- ward_name: Name of that ward
-- area_code: GSS code of the local authority
-- area_name: Name of the local authority
-- imd_rank: Rank in England on the Index of Multiple Deprivation, 1 is the most deprived
-- imd_decile: Tenth of England by deprivation, 1 is the most deprived
-- imd_quintile: Fifth of England by deprivation, 1 is the most deprived
select
    lsoa_code,
    ward_code,
    ward_name,
    area_code,
    area_name,
    imd_rank,
    imd_decile,
    imd_quintile
from core.area
